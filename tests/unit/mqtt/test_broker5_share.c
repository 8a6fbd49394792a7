/* Shared Subscriptions at the broker: who gets what, and what becomes of it. */
#include "unit/mqtt/script.h"

/* p publishes, a, b and c share. */
#define P "p> 10: 'MQTT 05 02 0000 {} 'p\np< 20: 00 00 {}\n"
#define JOIN(x, qos)                                                                               \
    x "> 10: 'MQTT 05 02 0000 { 11 0000000a } '" x "\n" x "< 20: 00 00 {}\n" x                     \
      "> 82: 0001 {} '$share/g/t " qos "\n" x "< 90: 0001 {} " qos "\n"
#define BACK(x)          x "> 10: 'MQTT 05 00 0000 { 11 0000000a } '" x "\n" x "< 20: 01 00 {}\n"
#define SEND(payload)    "p> 30: 't {} \"" payload "\n"
#define SEND1(payload)   "p> 32: 't 0001 {} \"" payload "\n"
#define ACK1             "p< 40: 0001\n"
#define GETS(x, payload) x "< 30: 't {} \"" payload "\n"

static const ScriptRow rows[] = {
    {"round robin",
     {0},
     P JOIN("a", "00") JOIN("b", "00") JOIN("c", "00") SEND("1") GETS("a", "1") SEND("2") GETS(
         "b", "2") SEND("3") GETS("c", "3") SEND("4") GETS("a", "4") "b~\n" SEND("5") GETS("c", "5")
         SEND("6") GETS("a", "6") BACK("b") SEND("7") GETS("c", "7") SEND("8") GETS("b", "8")
             SEND("9") GETS("a", "9") "a> a2: 0001 {} '$share/g/t\na< b0: 0001 {} 00\n" SEND("10")
                 GETS("c", "10") SEND("11") GETS("b", "11")},
    {"sticky",
     {.share_strategy = DRILL_SHARE_STICKY},
     P JOIN("a", "00") JOIN("b", "00") SEND("1") GETS("a", "1") SEND("2")
         GETS("a", "2") "a~\n" SEND("3") GETS("b", "3") BACK("a") SEND("4") GETS("b", "4")},
    {"least loaded",
     {.share_strategy = DRILL_SHARE_LEAST_LOADED},
     P JOIN("a", "01") JOIN("b", "01") SEND1("1") "a< 32: 't 0001 {} \"1\n" ACK1 SEND1(
         "2") "b< 32: 't 0001 {} \"2\n" ACK1
              "b> 40: 0001\n" SEND1("3") "b< 32: 't 0002 {} \"3\n" ACK1 SEND1(
                  "4") "a< 32: 't 0002 {} \"4\n" ACK1},
    {"random: drawn by counting",
     {.share_strategy = DRILL_SHARE_RANDOM, .share_seed = 1},
     P JOIN("a", "00") JOIN("b", "00") SEND("1") GETS("a", "1") SEND("2") GETS("a", "2") SEND("3")
         GETS("a", "3") SEND("4") GETS("a", "4") SEND("5") GETS("b", "5") SEND("6") GETS("b", "6")},
    {"groups, and the same filter unshared, are apart; identifiers of each",
     {0},
     P JOIN("a", "00") "a> 82: 0002 { 0b 07 } '$share/h/t 00\na< 90: 0002 {} 00\n"
                       "a> 82: 0003 { 0b 08 } 't 00\na< 90: 0003 {} 00\n" SEND(
                           "1") "a< 30: 't { 0b 08 } \"1\n"
                                "a< 30: 't {} \"1\n"
                                "a< 30: 't { 0b 07 } \"1\n"
                                "a> a2: 0004 {} '$share/x/t '$share/h/t '$share/h/t 't\na< b0: "
                                "0004 {} 11 00 11 00\n" SEND("2") GETS("a", "2")},
    {"a wildcard in the filter; each member's own QoS",
     {0},
     P "a> 10: 'MQTT 05 02 0000 {} 'a\na< 20: 00 00 {}\n"
       "a> 82: 0001 {} '$share/g/x/# 00\na< 90: 0001 {} 00\n"
       "b> 10: 'MQTT 05 02 0000 {} 'b\nb< 20: 00 00 {}\n"
       "b> 82: 0001 {} '$share/g/x/# 01\nb< 90: 0001 {} 01\n"
       "p> 32: 'x/y 0001 {} \"1\na< 30: 'x/y {} \"1\n" ACK1
       "p> 32: 'x/y 0001 {} \"2\nb< 32: 'x/y 0001 {} \"2\n" ACK1
       "p> 32: '$share/g/x/y 0001 {} \"3\n" ACK1},
    {"no Retained Messages; Retain As Published",
     {0},
     P "p> 31: 't {} \"r\n"
       "a> 10: 'MQTT 05 02 0000 {} 'a\na< 20: 00 00 {}\n"
       "a> 82: 0001 {} '$share/g/t 08\na< 90: 0001 {} 00\n"
       "p> 31: 't {} \"s\n"
       "a< 31: 't {} \"s\n"},
    {"nobody is there: kept for one of them",
     {0},
     P JOIN("a", "01") "a~\n" SEND1("1") ACK1 SEND("0") BACK("a") "a< 32: 't 0001 {} \"1\n"},
    {"QoS 1 in flight stays when the connection is lost",
     {0},
     P JOIN("a", "01") JOIN("b", "01") SEND1("1") "a< 32: 't 0001 {} \"1\n" ACK1
                                                  "a~\n" BACK("a") "a< 3a: 't 0001 {} \"1\n"},
    {"or moves on",
     {.share_moves_on = true},
     P JOIN("a", "02") JOIN("b", "02") SEND1("1") "a< 32: 't 0001 {} \"1\n" ACK1 "a~\n"
                                                  "b< 32: 't 0001 {} \"1\n" BACK("a")},
    {"but to nobody who is away",
     {.share_moves_on = true},
     P JOIN("a", "01") JOIN("b", "01") "b~\n" SEND1("1") "a< 32: 't 0001 {} \"1\n" ACK1 "a~\n" BACK(
         "b") BACK("a") "a< 3a: 't 0001 {} \"1\n"},
    {"it moves on when the Session ends",
     {0},
     P JOIN("a", "01") JOIN("b", "01") SEND1("1") "a< 32: 't 0001 {} \"1\n" ACK1 "a~\n"
                                                  "+ 10s\n"
                                                  "b< 32: 't 0001 {} \"1\n"},
    {"QoS 2 stays, and ends with the Session",
     {.share_moves_on = true},
     P JOIN("a", "02") JOIN("b", "02") "p> 34: 't 0001 {} \"1\np< 50: 0001\n"
                                       "p> 62: 0001\na< 34: 't 0001 {} \"1\np< 70: 0001\n"
                                       "a~\n" BACK("a") "a< 3c: 't 0001 {} \"1\n"
                                                        "a~\n"
                                                        "+ 10s\n"},
    {"what a member refuses goes to nobody else",
     {.share_moves_on = true},
     P JOIN("a", "01") JOIN("b", "01") SEND1("1") "a< 32: 't 0001 {} \"1\n" ACK1 "a> 40: 0001 80\n"
                                                  "a~\n"},
    {"in 3.1.1 it is a filter like any other",
     {0},
     P "c> 10: 'MQTT 04 02 0000 'c\nc< 20: 00 00\n"
       "c> 82: 0001 '$share/g/t 00\nc< 90: 0001 00\n" SEND(
           "1") "p> 30: '$share/g/t {} \"2\nc< 30: '$share/g/t \"2\n"},
};

START_TEST(test_row) {
    script_run(&rows[_i]);
}
END_TEST

int main(void) {
    return script_main("broker5_share", test_row, (int)DRILL_ARRAY_COUNT(rows));
}
