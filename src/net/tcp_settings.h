/* What kind of TCP both ends of a connection speak. Profiles: `linux` (the default; Linux 6.18 as
 * installed, which is what MQTT programs meet), `ns3` (plain RFCs, as the simulator ns-3 3.37 has
 * them) and `embedded` (as lwIP has it by default). Every field may be changed on its own.
 * docs/tcp-model.md says what each does. */
#ifndef DRILL_NET_TCP_SETTINGS_H
#define DRILL_NET_TCP_SETTINGS_H

#include <mqttdrill/base.h>

#include "base/diagnostic.h"

typedef enum DrillTcpProfile { DRILL_TCP_LINUX, DRILL_TCP_NS3, DRILL_TCP_EMBEDDED } DrillTcpProfile;
typedef enum DrillTcpCongestion { DRILL_TCP_CUBIC, DRILL_TCP_NEWRENO } DrillTcpCongestion;

/* How the retransmission timeout is made of the round trips. */
typedef enum DrillTcpTimeout {
    DRILL_TCP_TIMEOUT_LINUX,  /* SRTT + max(rto_min, 4 RTTVAR), Linux's smoothing of RTTVAR */
    DRILL_TCP_TIMEOUT_RFC6298 /* max(rto_min, SRTT + 4 RTTVAR) */
} DrillTcpTimeout;

typedef enum DrillTcpAcking {
    DRILL_TCP_ACK_ADAPTIVE, /* quick at first and after losses, delayed in conversations (Linux) */
    DRILL_TCP_ACK_COUNTED   /* every ack_every-th segment at once, others after ack_delay_max_ns */
} DrillTcpAcking;

typedef struct DrillTcpSettings {
    uint32_t mss_bytes; /* payload of a full segment */
    bool timestamps;    /* RFC 7323: 12 bytes of options in every segment */
    bool sack;          /* RFC 2018, 6675, 2883 */
    bool rack;          /* RFC 8985: lost is what was sent well before what arrived; needs sack */
    bool tail_probe;    /* RFC 8985, 7: tail loss probes; needs sack */
    bool frto;          /* RFC 5682 */
    bool undo;          /* RFC 3522, 3708: a reduction that was for nothing is taken back */
    bool mtu_probing;   /* smaller segments after timeouts that may be a black hole's */
    bool nagle;         /* MQTT programs set TCP_NODELAY */
    bool idle_restart;  /* RFC 5681, 4.1: the window shrinks while it is not used */
    DrillTcpCongestion congestion;
    bool count_bytes;        /* the window counts bytes (RFC 5681), not segments (Linux) */
    uint32_t window_first;   /* segments; RFC 6928 */
    uint32_t collapse;       /* so many small segments are sent again as one; 0: as many as fit */
    uint32_t receive_bytes;  /* the most a receiver ever offers */
    DrillTcpTimeout timeout; /* the formula */
    uint64_t rto_min_ns;
    uint64_t granularity_ns; /* of the clock: the least 4 RTTVAR (RFC 6298, 2.3), not with LINUX */
    bool backoff_ends;       /* with any progress and with any ACK sent, measured or not (ns-3) */
    bool karn;          /* round trips from what was sent once and after the last timeout only */
    uint32_t rtt_limit; /* a round trip counts at most so many smoothed ones; 0: as it is */
    uint64_t rto_max_ns;
    uint64_t syn_rto_ns;       /* before anything is measured */
    uint32_t syn_linear;       /* so many SYNs are sent again without doubling the time first */
    uint32_t syn_retries;      /* besides those */
    uint32_t synack_retries;   /* by the accepting end */
    uint32_t retries;          /* of data; the time below ends it as well */
    uint64_t give_up_ns;       /* after the first retransmission without progress; 0: not */
    uint64_t user_timeout_ns;  /* instead of both (TCP_USER_TIMEOUT, RFC 5482); 0: not set */
    uint64_t keepalive_ns;     /* silence before the first probe; 0: off */
    uint64_t keepalive_gap_ns; /* between probes */
    uint32_t keepalive_probes; /* unanswered, before giving up */
    DrillTcpAcking acking;
    uint32_t ack_every;        /* counted */
    uint64_t ack_delay_min_ns; /* adaptive */
    uint64_t ack_delay_max_ns;
    uint64_t time_wait_ns;
    uint64_t tick_ns; /* timers fire on the buckets of a timer wheel of so long ticks; 0: exactly */
} DrillTcpSettings;

/* The field values of a profile. */
DrillTcpSettings drill_tcp_settings(DrillTcpProfile profile);

/* --- by name and text: tcp_table.c --- */

typedef enum DrillTcpSettingType {
    DRILL_TCP_SETTING_BOOL,
    DRILL_TCP_SETTING_COUNT,    /* uint32_t */
    DRILL_TCP_SETTING_SIZE,     /* uint32_t */
    DRILL_TCP_SETTING_DURATION, /* uint64_t */
    DRILL_TCP_SETTING_CHOICE
} DrillTcpSettingType;

typedef struct DrillTcpSetting {
    const char *name;
    DrillTcpSettingType type;
    size_t offset; /* in DrillTcpSettings */
    uint64_t least, most;
    const char *const *choices; /* NULL-terminated, in the order of the enum */
    const char *help;
} DrillTcpSetting;

/* In the order of the table; NULL behind the last. Besides them there is "profile". */
const DrillTcpSetting *drill_tcp_setting_at(size_t index);
/* "true or false": what a setting expects, for messages. */
void drill_tcp_setting_expects(const DrillTcpSetting *setting, char *out, size_t size);
/* Sets one, or the profile and with it all. DRILL_INVALID: nothing was changed. */
DRILL_MUST_USE DrillResult drill_tcp_settings_set(DrillTcpSettings *settings, DrillSpan name,
                                                  DrillSpan value, DrillDiagnostic *diagnostic);
/* DRILL_INVALID: settings that cannot stand together. */
DRILL_MUST_USE DrillResult drill_tcp_settings_validate(const DrillTcpSettings *settings,
                                                       DrillDiagnostic *diagnostic);
/* "profile=linux,nagle=true". Starts from what `settings` hold; DRILL_INVALID: they stay. */
DRILL_MUST_USE DrillResult drill_tcp_settings_parse(DrillTcpSettings *settings, DrillSpan text,
                                                    DrillDiagnostic *diagnostic);

#endif
