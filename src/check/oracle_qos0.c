/* QoS 0: at most once. */
#include "check/oracle.h"

#define RULES(BOTH, ONLY3, ONLY5) BOTH(SENDER, "v3:MQTT-4.3.1-1", "v5:MQTT-4.3.1-1")

CHECK_RULES(RULES);

static void event_qos0(CheckOracle *oracle, const CheckEvent *event) {
    if (!drill_check_is_sent(event) || event->send != CHECK_SEND_QOS0) {
        return;
    }
    const CheckDelivery *delivery = &event->delivery;
    const CheckMessage *message = delivery->message;
    /* Copies of a repeated QoS 2 publication are oracle_qos2's, a will's oracle_will's. */
    bool extra = delivery->kind == CHECK_DELIVERY_EXTRA && delivery->again_event != 0 &&
                 !message->is_will && !(message->qos == 2 && message->copies > 1) &&
                 !drill_check_may_be_shared(event->session, event->packet.as.publish.topic);
    /* [v3:MQTT-4.3.1-1] one PUBLISH, DUP 0, and then it is forgotten: it arrives once or not at all
     */
    if (extra) {
        drill_check_fail(oracle, RULE_SENDER,
                         CHECK_PACKETS(message->event, delivery->again_event, event->number),
                         "%s gets the QoS 0 message on \"%.80s\" from %s again; expected: at most "
                         "one copy for each "
                         "publication and matching subscription",
                         drill_check_client_name(event->conn), delivery->topic->name,
                         message->publisher_id);
    } else {
        drill_check_pass(oracle, RULE_SENDER);
    }
}

CHECK_ORACLE(qos0, "QoS 0: at most once", NULL, event_qos0, NULL);
