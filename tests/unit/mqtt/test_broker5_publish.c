/* 5.0 at the broker: messages in and out, their properties, subscriptions and their options. */
#include "unit/mqtt/script.h"

/* Peers a, b and c connect: a and b in 5.0, c in 3.1.1. */
#define A "a> 10: 'MQTT 05 02 0000 {} 'a\na< 20: 00 00 {}\n"
#define B "b> 10: 'MQTT 05 02 0000 {} 'b\nb< 20: 00 00 {}\n"
#define C "c> 10: 'MQTT 04 02 0000 'c\nc< 20: 00 00\n"

static const ScriptRow rows[] = {
    {"properties reach subscribers unchanged and in order",
     {0},
     A B "b> 82: 0007 {} 't 00\n"
         "b< 90: 0007 {} 00\n"
         "a> 30: 't { 26 'k '2 01 01 08 'r 26 'k '1 09 '\xff\x01 03 'text } \"x\n"
         "b< 30: 't { 26 'k '2 01 01 08 'r 26 'k '1 09 '\xff\x01 03 'text } \"x\n"},
    {"3.1.1 gets no properties, and gives none",
     {0},
     A C "c> 82: 0001 't 00\n"
         "c< 90: 0001 00\n"
         "a> 82: 0001 {} 'u 00\n"
         "a< 90: 0001 {} 00\n"
         "a> 30: 't { 26 'k '2 } \"x\n"
         "c< 30: 't \"x\n"
         "c> 30: 'u \"y\n"
         "a< 30: 'u {} \"y\n"},
    {"QoS 1 and 2 in both directions",
     {0},
     A B "b> 82: 0001 {} 't 02\n"
         "b< 90: 0001 {} 02\n"
         "a> 32: 't 0009 {} \"1\n"
         "b< 32: 't 0001 {} \"1\n"
         "a< 40: 0009\n"
         "b> 40: 0001\n"
         "a> 34: 't 000a {} \"2\n"
         "a< 50: 000a\n"
         "a> 62: 000a 00\n"
         "b< 34: 't 0002 {} \"2\n"
         "a< 70: 000a\n"
         "b> 50: 0002 00 {}\n"
         "b< 62: 0002\n"
         "b> 70: 0002\n"},
    {"PUBREC of 0x80 or more ends the exchange",
     {.inflight_max = 1},
     A B "b> 82: 0001 {} 't 02\n"
         "b< 90: 0001 {} 02\n"
         "a> 34: 't 0001 {} \"1\n"
         "a< 50: 0001\n"
         "a> 62: 0001\n"
         "b< 34: 't 0001 {} \"1\n"
         "a< 70: 0001\n"
         "b> 50: 0001 97\n"
         "a> 32: 't 0001 {} \"2\n"
         "b< 32: 't 0002 {} \"2\n"
         "a< 40: 0001\n"},
    {"identifiers that nobody knows",
     {.no_reason_strings = true},
     A "a> 62: 0001\n"
       "a< 70: 0001 92\n"
       "a> 50: 0002\n"
       "a< 62: 0002 92\n"
       "a> 50: 0003 80\n"
       "a> 40: 0004\n"
       "a> 70: 0005\n"},
    {"an identifier that a QoS 2 exchange holds",
     {.no_reason_strings = true},
     A "a> 34: 't 0005 {} \"x\n"
       "a< 50: 0005\n"
       "a> 32: 't 0005 {} \"y\n"
       "a< 40: 0005 91\n"
       "a> 82: 0005 {} 't 00 'u 00\n"
       "a< 90: 0005 {} 91 91\n"
       "a> a2: 0005 {} 't\n"
       "a< b0: 0005 {} 91\n"
       "a> 62: 0005\n"
       "a< 70: 0005\n"
       "a> 82: 0005 {} 't 00\n"
       "a< 90: 0005 {} 00\n"},
    {"UNSUBACK has a code per filter",
     {0},
     A "a> 82: 0001 {} 't 00 'u 01\n"
       "a< 90: 0001 {} 00 01\n"
       "a> a2: 0002 {} 'x 'u 't 't\n"
       "a< b0: 0002 {} 11 00 00 11\n"},
    {"No matching subscribers",
     {.tell_no_subscribers = true},
     A B "a> 32: 't 0001 {} \"x\n"
         "a< 40: 0001 10\n"
         "a> 34: 't 0002 {} \"x\n"
         "a< 50: 0002 10\n"
         "a> 62: 0002\n"
         "a< 70: 0002\n"
         "b> 82: 0001 {} '# 00\n"
         "b< 90: 0001 {} 00\n"
         "a> 34: 't 0003 {} \"x\n"
         "a< 50: 0003\n"
         "a> 62: 0003\n"
         "b< 30: 't {} \"x\n"
         "a< 70: 0003\n"},
    {"No Local",
     {0},
     A B "a> 82: 0001 {} 't 04\n"
         "a< 90: 0001 {} 00\n"
         "b> 82: 0001 {} 't 04\n"
         "b< 90: 0001 {} 00\n"
         "a> 30: 't {} \"x\n"
         "b< 30: 't {} \"x\n"},
    {"No Local looks at one subscription, not at all that match",
     {0},
     A "a> 82: 0001 { 0b 01 } 't 04\n"
       "a< 90: 0001 {} 00\n"
       "a> 82: 0002 { 0b 02 } '+ 00\n"
       "a< 90: 0002 {} 00\n"
       "a> 30: 't {} \"x\n"
       "a< 30: 't { 0b 02 } \"x\n"},
    {"No Local and Retained Messages",
     {0},
     A B "a> 31: 't {} \"x\n"
         "a> 82: 0001 {} 't 04\na< 90: 0001 {} 00\n"
         "b> 82: 0001 {} 't 04\nb< 90: 0001 {} 00\n"
         "b< 31: 't {} \"x\n"},
    {"Retain As Published of one of two that overlap",
     {0},
     A B "b> 82: 0001 {} 't 00 '+ 08\nb< 90: 0001 {} 00 00\n"
         "a> 31: 't {} \"x\nb< 31: 't {} \"x\n"},
    {"Retain As Published",
     {0},
     A B "a> 82: 0001 {} 't 08\n"
         "a< 90: 0001 {} 00\n"
         "b> 82: 0001 {} 't 00\n"
         "b< 90: 0001 {} 00\n"
         "a> 31: 't {} \"x\n"
         "a< 31: 't {} \"x\n"
         "b< 30: 't {} \"x\n"
         "a> 30: 't {} \"y\n"
         "a< 30: 't {} \"y\n"
         "b< 30: 't {} \"y\n"},
    {"Retain Handling",
     {0},
     A "a> 31: 't { 26 'k 'v } \"x\n"
       "a> 82: 0001 {} 't 20\n" /* never */
       "a< 90: 0001 {} 00\n"
       "a> 82: 0002 {} 't 10\n" /* if new: it is not */
       "a< 90: 0002 {} 00\n"
       "a> 82: 0003 {} 't 00\n" /* always */
       "a< 90: 0003 {} 00\n"
       "a< 31: 't { 26 'k 'v } \"x\n"
       "a> a2: 0004 {} 't\n"
       "a< b0: 0004 {} 00\n"
       "a> 82: 0005 {} 't 10\n" /* if new: it is */
       "a< 90: 0005 {} 00\n"
       "a< 31: 't { 26 'k 'v } \"x\n"},
    {"Subscription Identifiers: all on the one copy",
     {0},
     A B "b> 82: 0001 { 0b 07 } 't 00\n"
         "b< 90: 0001 {} 00\n"
         "b> 82: 0002 {} '# 01\n"
         "b< 90: 0002 {} 01\n"
         "b> 82: 0003 { 0b ffffff7f } '+ 00\n"
         "b< 90: 0003 {} 00\n"
         "a> 32: 't 0009 { 01 00 } \"x\n"
         "b< 32: 't 0001 { 0b 07 0b ffffff7f 01 00 } \"x\n"
         "a< 40: 0009\n"},
    {"Subscription Identifiers: a copy each",
     {.overlap = DRILL_OVERLAP_COPY_PER_SUBSCRIPTION},
     A B "b> 82: 0001 { 0b 07 } 't 00\n"
         "b< 90: 0001 {} 00\n"
         "b> 82: 0002 {} '# 01\n"
         "b< 90: 0002 {} 01\n"
         "b> 82: 0003 { 0b 09 } '+ 02\n"
         "b< 90: 0003 {} 02\n"
         "a> 30: 't {} \"x\n"
         "b< 30: 't {} \"x\n"
         "b< 30: 't { 0b 07 } \"x\n"
         "b< 30: 't { 0b 09 } \"x\n"},
    {"Subscription Identifiers: replaced with the subscription, and on Retained Messages",
     {0},
     A "a> 82: 0001 { 0b 07 } 't 00\n"
       "a< 90: 0001 {} 00\n"
       "a> 31: 't {} \"x\n"
       "a< 30: 't { 0b 07 } \"x\n"
       "a> 82: 0002 { 0b 08 } 't 00\n"
       "a< 90: 0002 {} 00\n"
       "a< 31: 't { 0b 08 } \"x\n"
       "a> 82: 0003 {} 't 20\n"
       "a< 90: 0003 {} 00\n"
       "a> 30: 't {} \"y\n"
       "a< 30: 't {} \"y\n"},
};

START_TEST(test_row) {
    script_run(&rows[_i]);
}
END_TEST

int main(void) {
    return script_main("broker5_publish", test_row, (int)DRILL_ARRAY_COUNT(rows));
}
