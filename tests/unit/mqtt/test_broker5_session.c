/* 5.0 at the broker: Sessions and their expiry, wills and their delay, takeover. */
#include "unit/mqtt/script.h"

#define QUIET                                                                                      \
    { .no_reason_strings = true }

/* w watches wills: everything below "w". */
#define WATCH                                                                                      \
    "w> 10: 'MQTT 05 02 0000 {} 'watch\nw< 20: 00 00 {}\n"                                         \
    "w> 82: 0001 {} 'w 02\nw< 90: 0001 {} 02\n"
#define WILL "w< 30: 'w {} \"x\n"

/* CONNECT of a: Clean Start 0 or 1 (flags), Session Expiry Interval, will at QoS 0 with delay. */
#define CONNECT(flags, expiry, delay)                                                              \
    "a> 10: 'MQTT 05 " flags " 0000 { 11 " expiry " } 'a { 18 " delay " } 'w 'x\n"
#define NEW    "a< 20: 00 00 {}\n"
#define OLD    "a< 20: 01 00 {}\n"
#define CLEAN  "06"
#define RESUME "04"
#define NEVER  "00000000"
#define TEN    "0000000a"
#define HOUR   "00000e10"

static const ScriptRow rows[] = {
    {"a will without Will Delay Interval, with another number among its properties",
     {0},
     "w> 10: 'MQTT 05 02 0000 {} 'w\nw< 20: 00 00 {}\n"
     "w> 82: 0001 {} 'w 00\nw< 90: 0001 {} 00\n"
     "b> 10: 'MQTT 05 04 0000 { 11 00000064 } 'b { 02 00000064 } 'w 0001 78\nb< 20: 00 00 {}\n"
     "b~\n"
     "w< 30: 'w { 02 00000064 } \"x\n"},

    {"Session Expiry Interval 0: gone with the connection", QUIET,
     "a> 10: 'MQTT 05 00 0000 {} 'a\n" NEW "a~\n"
     "a> 10: 'MQTT 05 00 0000 {} 'a\n" NEW},
    {"Session Expiry Interval 10: there after 9 s, gone after 10", QUIET,
     "a> 10: 'MQTT 05 00 0000 { 11 0000000a } 'a\n" NEW "a~\n"
     "+ 9999ms\n"
     "a> 10: 'MQTT 05 00 0000 { 11 0000000a } 'a\n" OLD "a~\n"
     "+ 10s\n"
     "a> 10: 'MQTT 05 00 0000 { 11 0000000a } 'a\n" NEW},
    {"Session Expiry Interval 0xFFFFFFFF: never", QUIET,
     "a> 10: 'MQTT 05 00 0000 { 11 ffffffff } 'a\n" NEW "a~\n"
     "+ 100000000s\n"
     "a> 10: 'MQTT 05 00 0000 {} 'a\n" OLD "a~\n"
     "a> 10: 'MQTT 05 00 0000 {} 'a\n" NEW},
    {"a connection that lasts does not use the interval up", QUIET,
     "a> 10: 'MQTT 05 00 0000 { 11 0000000a } 'a\n" NEW "+ 1000s\n"
     "a~\n"
     "+ 9s\n"
     "a> 10: 'MQTT 05 00 0000 {} 'a\n" OLD},
    {"DISCONNECT changes the interval", QUIET,
     "a> 10: 'MQTT 05 00 0000 { 11 0000000a } 'a\n" NEW "a> e0: 00 { 11 00000064 }\n"
     "a!\n"
     "+ 50s\n"
     "a> 10: 'MQTT 05 00 0000 { 11 0000000a } 'a\n" OLD "a> e0: 00 { 11 00000000 }\n"
     "a!\n"
     "a> 10: 'MQTT 05 00 0000 { 11 0000000a } 'a\n" NEW},
    {"but not from 0; the will is published", QUIET,
     WATCH CONNECT(RESUME, NEVER, NEVER) NEW "a> e0: 00 { 11 00000001 }\n"
                                             "a< e0: 82\n"
                                             "a!\n" WILL},
    {"the broker's maximum",
     {.limit_session_expiry = true, .session_expiry_max_s = 5},
     "a> 10: 'MQTT 05 00 0000 { 11 ffffffff } 'a\n"
     "a< 20: 00 00 { 11 00000005 }\n"
     "a~\n"
     "+ 4999ms\n"
     "a> 10: 'MQTT 05 00 0000 { 11 ffffffff } 'a\n"
     "a< 20: 01 00 { 11 00000005 }\n"
     "a> e0: 00 { 11 00000064 }\n"
     "a!\n"
     "+ 5s\n"
     "a> 10: 'MQTT 05 00 0000 {} 'a\n" NEW},
    {"the broker's maximum, of which CONNACK said nothing, does not count at DISCONNECT",
     {.limit_session_expiry = true, .session_expiry_max_s = 5},
     "a> 10: 'MQTT 05 00 0000 { 11 00000003 } 'a\n" NEW "a> e0: 00 { 11 00000064 }\n"
     "a!\n"
     "+ 99s\n"
     "a> 10: 'MQTT 05 00 0000 { 11 00000003 } 'a\n" OLD},
    {"a Session goes from version to version", QUIET,
     "a> 10: 'MQTT 04 00 0000 'a\na< 20: 00 00\n"
     "a> 82: 0001 't 01\na< 90: 0001 01\n"
     "a~\n"
     "+ 1000h\n"
     "a> 10: 'MQTT 05 00 0000 { 11 0000000a } 'a\n" OLD "a> 30: 't { 26 'k 'v } \"x\n"
     "a< 30: 't { 26 'k 'v } \"x\n"
     "a~\n"
     "a> 10: 'MQTT 04 00 0000 'a\na< 20: 01 00\n"
     "a> 30: 't \"y\n"
     "a< 30: 't \"y\n"},
    {"takeover: the old connection is told", QUIET,
     "a> 10: 'MQTT 05 00 0000 { 11 ffffffff } 'a\n" NEW
     "b> 10: 'MQTT 05 00 0000 { 11 ffffffff } 'a\n"
     "a< e0: 8e\n"
     "a!\n"
     "b< 20: 01 00 {}\n"
     "c> 10: 'MQTT 04 00 0000 'a\n"
     "b< e0: 8e\n"
     "b!\n"
     "c< 20: 01 00\n"
     "d> 10: 'MQTT 05 02 0000 {} 'a\n"
     "c!\n"
     "d< 20: 00 00 {}\n"},
    {"takeover ends a Session of interval 0", QUIET,
     "a> 10: 'MQTT 05 00 0000 {} 'a\n" NEW "b> 10: 'MQTT 05 00 0000 { 11 ffffffff } 'a\n"
     "a< e0: 8e\n"
     "a!\n"
     "b< 20: 00 00 {}\n"},
    {"an assigned Client Identifier", QUIET,
     "a> 10: 'MQTT 05 00 0000 { 11 ffffffff } '\n"
     "a< 20: 00 00 { 12 'auto-1 }\n"
     "a~\n"
     "a> 10: 'MQTT 05 00 0000 {} 'auto-1\n" OLD},
    {"none is assigned",
     {.no_reason_strings = true, .refuse_empty_client_id = true},
     "a> 10: 'MQTT 05 02 0000 {} '\n"
     "a< 20: 00 85 {}\n"
     "a!\n"},

    /* Wills: cut, DISCONNECT 0x00 and 0x04, with and without delay. */
    {"cut, no delay", QUIET, WATCH CONNECT(RESUME, HOUR, NEVER) NEW "a~\n" WILL},
    {"cut, delay 10: after 10 s", QUIET,
     WATCH CONNECT(RESUME, HOUR, TEN) NEW "a~\n"
                                          "+ 9999ms\n"
                                          "w> c0:\nw< d0:\n"
                                          "+ 1ms\n" WILL "+ 2h\n"},
    {"cut, delay 10, back after 9 s: none, not even when it goes again", QUIET,
     WATCH CONNECT(RESUME, HOUR, TEN) NEW "a~\n"
                                          "+ 9s\n"
                                          "a> 10: 'MQTT 05 00 0000 {} 'a\n" OLD "+ 1h\n"
                                          "a~\n"},
    {"cut, delay 10, Clean Start after 9 s: the Session ends, and it comes then", QUIET,
     WATCH CONNECT(RESUME, HOUR, TEN) NEW "a~\n"
                                          "+ 9s\n"
                                          "a> 10: 'MQTT 05 02 0000 {} 'a\n" WILL NEW "+ 1h\n"},
    {"cut, delay longer than the Session: at the Session's end", QUIET,
     WATCH CONNECT(RESUME, TEN, HOUR) NEW "a~\n"
                                          "+ 9999ms\n"
                                          "w> c0:\nw< d0:\n"
                                          "+ 1ms\n" WILL "+ 2h\n"},
    {"cut, delay 10, Session Expiry Interval 0: at once", QUIET,
     WATCH CONNECT(RESUME, NEVER, TEN) NEW "a~\n" WILL "+ 1h\n"},
    {"DISCONNECT 0x00: none, with or without delay", QUIET,
     WATCH CONNECT(RESUME, HOUR, TEN) NEW "a> e0:\n"
                                          "a!\n"
                                          "+ 2h\n" CONNECT(RESUME, HOUR, NEVER) NEW "a> e0: 00 {}\n"
                                                                                    "a!\n"
                                                                                    "+ 2h\n"},
    {"DISCONNECT 0x04: as if cut", QUIET,
     WATCH CONNECT(RESUME, HOUR, NEVER) NEW "a> e0: 04\n"
                                            "a!\n" WILL CONNECT(RESUME, HOUR, TEN) OLD
     "a> e0: 04 {}\n"
     "a!\n"
     "+ 9999ms\n"
     "w> c0:\nw< d0:\n"
     "+ 1ms\n" WILL},
    {"DISCONNECT 0x04 with Session Expiry Interval 0: at once", QUIET,
     WATCH CONNECT(RESUME, HOUR, TEN) NEW "a> e0: 04 { 11 00000000 }\n"
                                          "a!\n" WILL},
    /* Wills: takeover by Clean Start 0 and 1, Session Expiry Interval 0 and above, delay 0 and
     * above (3.1.4, the note on it). */
    {"takeover 0, expiry, no delay: sent", QUIET,
     WATCH CONNECT(RESUME, HOUR, NEVER) NEW "b> 10: 'MQTT 05 00 0000 {} 'a\n"
                                            "a< e0: 8e\na!\n" WILL "b< 20: 01 00 {}\n"},
    {"takeover 0, expiry, delay: not sent", QUIET,
     WATCH CONNECT(RESUME, HOUR, TEN) NEW "b> 10: 'MQTT 05 00 0000 { 11 00000e10 } 'a\n"
                                          "a< e0: 8e\na!\n"
                                          "b< 20: 01 00 {}\n"
                                          "+ 30m\n"},
    {"takeover 0, no expiry, delay: sent, for the Session has ended", QUIET,
     WATCH CONNECT(RESUME, NEVER, TEN) NEW "b> 10: 'MQTT 05 00 0000 {} 'a\n"
                                           "a< e0: 8e\na!\n" WILL "b< 20: 00 00 {}\n"},
    {"takeover 1, expiry, delay: sent", QUIET,
     WATCH CONNECT(RESUME, HOUR, TEN) NEW "b> 10: 'MQTT 05 02 0000 {} 'a\n"
                                          "a< e0: 8e\na!\n" WILL "b< 20: 00 00 {}\n"},
    {"takeover 1, expiry, no delay: sent once", QUIET,
     WATCH CONNECT(RESUME, HOUR, NEVER) NEW "b> 10: 'MQTT 05 02 0000 {} 'a\n"
                                            "a< e0: 8e\na!\n" WILL "b< 20: 00 00 {}\n"
                                            "+ 1h\n"},
    {"takeover 1, no expiry, no delay: sent", QUIET,
     WATCH CONNECT(CLEAN, NEVER, NEVER) NEW "b> 10: 'MQTT 05 02 0000 {} 'a\n"
                                            "a< e0: 8e\na!\n" WILL "b< 20: 00 00 {}\n"},
    {"a will's properties, and the expiry that begins with its publication", QUIET,
     WATCH "a> 10: 'MQTT 05 04 0000 { 11 00000e10 } 'a { 26 'k '2 18 0000000a 02 00000005 26 'k '1 "
           "} 'w 'x\n" NEW "a~\n"
           "+ 1m\n"
           "w< 30: 'w { 02 00000005 26 'k '2 26 'k '1 } \"x\n"},
    {"a will that No Local keeps from its own Session", QUIET,
     "a> 10: 'MQTT 05 0c 0000 { 11 00000e10 } 'a { 18 0000000a } 'w 'x\n" NEW
     "a> 82: 0001 { 0b 01 } 'w 05\na< 90: 0001 {} 01\n"
     "a> 82: 0001 { 0b 02 } '+ 01\na< 90: 0001 {} 01\n"
     "b> 10: 'MQTT 05 02 0000 {} 'b\nb< 20: 00 00 {}\n"
     "b> 82: 0001 { 0b 03 } 'w 04\nb< 90: 0001 {} 00\n"
     "a~\n"
     "+ 1m\n"
     "b< 30: 'w { 0b 03 } \"x\n"
     "a> 10: 'MQTT 05 00 0000 {} 'a\n" OLD "a< 32: 'w 0001 { 0b 02 } \"x\n"},
    {"nothing is sent again within a connection, whatever the timer",
     {.retry_ns = DRILL_NS_PER_S},
     "a> 10: 'MQTT 05 02 0000 {} 'a\n" NEW "c> 10: 'MQTT 04 02 0000 'c\nc< 20: 00 00\n"
     "a> 82: 0001 {} 't 01\na< 90: 0001 {} 01\n"
     "c> 82: 0001 't 01\nc< 90: 0001 01\n"
     "a> 32: 't 0001 {} \"x\na< 32: 't 0001 {} \"x\nc< 32: 't 0001 \"x\na< 40: 0001\n"
     "+ 1500ms\n"
     "c< 3a: 't 0001 \"x\n"
     "c> 40: 0001\n"
     "+ 1m\n"},
    {"a restart keeps a will that waits", QUIET,
     WATCH CONNECT(RESUME, HOUR, TEN) NEW "restart\n"
                                          "w> 10: 'MQTT 05 02 0000 {} 'watch\nw< 20: 00 00 {}\n"
                                          "w> 82: 0001 {} 'w 02\nw< 90: 0001 {} 02\n"
                                          "+ 10s\n" WILL},
    {"a shutdown is announced", QUIET,
     WATCH CONNECT(RESUME, HOUR, NEVER) NEW "c> 10: 'MQTT 04 00 0000 'c\nc< 20: 00 00\n"
                                            "shutdown\n"
                                            "w< e0: 8b\nw!\n"
                                            "a< e0: 8b\na!\n"
                                            "c!\n"},
    {"a crash loses the youngest records", QUIET,
     "a> 10: 'MQTT 05 00 0000 { 11 ffffffff } 'a\n" NEW   /* record 1 */
     "a> 82: 0001 {} 't 01 'u 01\na< 90: 0001 {} 01 01\n" /* 2, 3 */
     "b> 10: 'MQTT 05 02 0000 {} 'b\nb< 20: 00 00 {}\n"   /* goes by itself */
     "a~\n"
     "b> 32: 't 0001 {} \"1\nb< 40: 0001\n" /* 5 */
     "b> 32: 't 0001 {} \"2\nb< 40: 0001\n" /* 6 */
     "b> 31: 'r {} \"x\n"                   /* 7 */
     "crash 2\n"
     "a> 10: 'MQTT 05 00 0000 { 11 ffffffff } 'a\n" OLD "a< 32: 't 0001 {} \"1\n"
     "a> 82: 0001 {} 'r 00\na< 90: 0001 {} 00\n"
     "crash 3\n"
     "a> 10: 'MQTT 05 00 0000 { 11 ffffffff } 'a\n" OLD "a> 30: 't {} \"3\na< 30: 't {} \"3\n"
     "a> 30: 'u {} \"4\n"
     "crash 100\n"
     "a> 10: 'MQTT 05 00 0000 { 11 ffffffff } 'a\n" NEW},
    {"a crash forgets a held QoS 2 identifier", QUIET,
     "a> 10: 'MQTT 05 00 0000 { 11 ffffffff } 'a\n" NEW "a> 34: 't 0001 {} \"1\na< 50: 0001\n"
     "a> 34: 't 0002 {} \"1\na< 50: 0002\n"
     "crash 1\n"
     "a> 10: 'MQTT 05 00 0000 { 11 ffffffff } 'a\n" OLD "a> 62: 0001\na< 70: 0001\n"
     "a> 62: 0002\na< 70: 0002 92\n"},
    {"keep alive: told why, will published", QUIET,
     WATCH "a> 10: 'MQTT 05 06 000a {} 'a {} 'w 'x\n" NEW "+ 14999ms\n"
           "w> c0:\nw< d0:\n"
           "+ 1ms\n"
           "a< e0: 8d\n"
           "a! v5:MQTT-3.1.2-22\n" WILL},
    {"Server Keep Alive instead of the client's",
     {.no_reason_strings = true, .has_server_keep_alive = true, .server_keep_alive_s = 4},
     "a> 10: 'MQTT 05 02 0064 {} 'a\n"
     "a< 20: 00 00 { 13 0004 }\n"
     "+ 6s\n"
     "a< e0: 8d\n"
     "a! v5:MQTT-3.1.2-22\n"
     "a> 10: 'MQTT 04 02 0064 'a\n"
     "a< 20: 00 00\n"
     "+ 149s\n"
     "+ 1s\n"
     "a! v3:MQTT-3.1.2-24\n"},
};

START_TEST(test_row) {
    script_run(&rows[_i]);
}
END_TEST

int main(void) {
    return script_main("broker5_session", test_row, (int)DRILL_ARRAY_COUNT(rows));
}
