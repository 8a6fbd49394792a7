/* Whole scenarios over the virtual driver. */
#include "support.h"

START_TEST(qos2_survives_a_cut) {
    assert_logs("local sub = t:client('subscriber')\n"
                "t:log(sub:connect().session_present)\n"
                "sub:subscribe('sensor/+/temp', { qos = 2 })\n"
                "local pub = t:client('publisher', { clean = false, session_expiry = '1h' })\n"
                "pub:connect()\n"
                "pub:link():cut { before = 'PUBREC' }\n"
                "local m = pub:publish('sensor/1/temp', '21.5', { qos = 2 })\n"
                "t:log(m.packet_id, m:acked())\n"
                "t:log(pub:wait_closed())\n"
                "t:sleep('5s')\n"
                "t:log(pub:connect().session_present)\n"
                "m:wait('30s')\n"
                "t:log(m:acked(), m.reason)\n"
                "local got = sub:expect { topic = 'sensor/1/temp', payload = '21.5', count = 1, within = '30s' }\n"
                "t:log(#got, got[1].topic, got[1].qos, got[1].retain)\n"
                "t:quiet('10s')",
                "false\n1 false\nrst\ntrue\ntrue 0\n1 sensor/1/temp 2 false\n");
}
END_TEST

START_TEST(expect_says_what_came_instead) {
    assert_fails("local c = t:client('c')\nc:connect()\nc:subscribe('a/#')\nc:publish('a/b', 'x')\n"
                 "c:expect{ topic = 'a/c', payload = '1', within = '3s' }",
                 6,
                 "c:expect{ topic = \"a/c\", payload = \"1\", count = 1, within = \"3s\" }: got 0 of 1 within 3 s; "
                 "received and not claimed: { topic = \"a/b\", payload = \"x\", qos = 0 }");
}
END_TEST

int main(void) {
    const TTest *tests[] = {qos2_survives_a_cut, expect_says_what_came_instead};
    return run_suite("run", tests, DRILL_ARRAY_COUNT(tests));
}
