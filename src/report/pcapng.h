/* The pcapng file format: blocks of little-endian 32-bit words
 * (draft-ietf-opsawg-pcapng). No clock: times count from the run's beginning, which readers show as
 * 1970-01-01. */
#ifndef DRILL_REPORT_PCAPNG_H
#define DRILL_REPORT_PCAPNG_H

#include "base/base.h"

typedef enum DrillLinktype {
    DRILL_LINKTYPE_RAW = 101,      /* begins with the IP header */
    DRILL_LINKTYPE_UPPER_PDU = 252 /* Wireshark's exported PDUs: tags, then the PDU */
} DrillLinktype;

/* First block of a file. Empty texts are left out. */
typedef struct DrillPcapngSection {
    DrillSpan application;
    DrillSpan comment;
} DrillPcapngSection;
void drill_pcapng_section(DrillBuffer *out, const DrillPcapngSection *section);

/* Interfaces have the numbers 0, 1, 2 ... in the order in which they are written. */
typedef struct DrillPcapngInterface {
    DrillLinktype linktype;
    DrillSpan name;
    DrillSpan description;
} DrillPcapngInterface;
void drill_pcapng_interface(DrillBuffer *out, const DrillPcapngInterface *interface);

typedef struct DrillPcapngPacket {
    uint32_t interface;
    uint64_t time_ns;
    bool outbound; /* seen by its sender; otherwise by its receiver */
    DrillSpan bytes;
    const char *const *comments;
    size_t comment_count;
} DrillPcapngPacket;
void drill_pcapng_packet(DrillBuffer *out, const DrillPcapngPacket *packet);

#endif
