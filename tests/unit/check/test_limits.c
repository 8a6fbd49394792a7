#include "unit/check/trace_dsl.h"

START_TEST(an_invented_identifier_is_told_and_new) {
    expect_pass5("0 a up id=- ack.assigned_client_identifier=new\n", "v5:MQTT-3.1.3-7");
    expect_pass5("0 a up id=- ack.assigned_client_identifier=new\n", "v5:MQTT-3.1.3-6");
    expect_fail5("0 a up id=-\n", "limits", "v5:MQTT-3.1.3-7");
    expect_fail5("0 c up\n 1 a up id=- ack.assigned_client_identifier=c\n", "limits",
                 "v5:MQTT-3.2.2-16");
    expect_fail5("0 c up\n 1 a up id=- ack.assigned_client_identifier=c\n", "limits",
                 "v5:MQTT-3.1.3-6");
    expect_pass("0 a up id=-\n", "v3:MQTT-3.1.3-6");
    /* It is no newer one's because the server makes room for it. */
#define MAKES_ROOM(how)                                                                            \
    "0 c up\n 1 a open\n 1 a > CONNECT id=-\n" how "1 a < CONNACK assigned_client_identifier=c\n"
    expect_fail5(MAKES_ROOM("1 c < DISCONNECT code=0x8e\n 1 c kick\n"), "limits",
                 "v5:MQTT-3.2.2-16");
    expect_fail5(MAKES_ROOM("1 c kick\n"), "limits", "v5:MQTT-3.2.2-16");
    expect_pass5(MAKES_ROOM("1 c > DISCONNECT\n 1 c close\n"), "v5:MQTT-3.2.2-16");
    expect_pass5(MAKES_ROOM("1 c < DISCONNECT code=0x98\n 1 c kick\n"), "v5:MQTT-3.2.2-16");
    expect_pass5("0 c up\n 0.5 c kick\n 1 a up id=- ack.assigned_client_identifier=c\n",
                 "v5:MQTT-3.2.2-16");
    /* The client may come back under it. */
    expect_pass5("0 a up id=- session_expiry_interval=10 ack.assigned_client_identifier=new\n"
                 "1 a close\n 2 a up id=new clean=0 sp=1\n",
                 "v5:MQTT-3.1.2-5");
}
END_TEST

START_TEST(clients_keep_to_the_maximum_qos) {
    expect_pass5("0 a up ack.maximum_qos=1\n 1 a > PUBLISH q1 id=1 t x\n 1 a < PUBACK 1\n",
                 "v5:MQTT-3.2.2-11");
    expect_fail5("0 a up ack.maximum_qos=1\n 1 a > PUBLISH q2 id=1 t x\n"
                 "1 a < DISCONNECT code=0x9b\n 1 a kick\n",
                 "limits", "v5:MQTT-3.2.2-11");
    expect_fail5("0 a up\n 1 a > PUBLISH q2 id=1 t x\n 1 a < DISCONNECT code=0x9b\n 1 a kick\n",
                 "limits", "v5:MQTT-3.2.2-9");
    expect_pass5("0 a up\n 1 a > PUBLISH q1 id=1 t x\n 1 a < PUBACK 1\n", "v5:MQTT-3.2.2-9");
    expect_pass5("0 a up ack.maximum_qos=0\n 1 a subscribes t:2\n", "v5:MQTT-3.2.2-10");
    expect_fail5("0 a up ack.maximum_qos=0\n 1 a > SUBSCRIBE 1 t:2\n"
                 "1 a < DISCONNECT code=0x9b\n 1 a kick\n",
                 "limits", "v5:MQTT-3.2.2-10");
}
END_TEST

START_TEST(wills_that_the_server_cannot_serve) {
    expect_fail5("0 a up will=w,gone,2,0 ack.maximum_qos=1\n", "limits", "v5:MQTT-3.2.2-12");
    expect_pass5("0 a up will=w,gone,2,0 ack.code=0x9b\n 0 a kick\n", "v5:MQTT-3.2.2-12");
    expect_unused5("0 a up will=w,gone,1,0 ack.maximum_qos=1\n", "v5:MQTT-3.2.2-12");
    expect_fail5("0 a up will=w,gone,0,1 ack.retain_available=0\n", "limits", "v5:MQTT-3.2.2-13");
    expect_pass5("0 a up will=w,gone,0,1 ack.code=0x9a\n 0 a kick\n", "v5:MQTT-3.2.2-13");
    expect_unused5("0 a up will=w,gone,0,0 ack.retain_available=0\n", "v5:MQTT-3.2.2-13");
    expect_unused5("0 a up will=w,gone,2,1\n", "v5:MQTT-3.2.2-12");
}
END_TEST

START_TEST(clients_do_not_retain_where_nothing_is_retained) {
    expect_fail5("0 a up ack.retain_available=0\n 1 a > PUBLISH q0 retain t x\n 1 a kick\n",
                 "limits", "v5:MQTT-3.2.2-14");
    expect_pass5("0 a up ack.retain_available=0\n 1 a > PUBLISH q0 t x\n", "v5:MQTT-3.2.2-14");
    expect_fail5("0 raw up ack.retain_available=0\n 1 raw > PUBLISH q0 retain t x\n", "reaction",
                 "v5:MQTT-4.13.1-1");
}
END_TEST

DSL_MAIN("check/limits", an_invented_identifier_is_told_and_new, clients_keep_to_the_maximum_qos,
         wills_that_the_server_cannot_serve, clients_do_not_retain_where_nothing_is_retained)
