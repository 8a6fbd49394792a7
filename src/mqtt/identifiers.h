/* Packet Identifiers in use in one direction of one Session. */
#ifndef DRILL_MQTT_IDENTIFIERS_H
#define DRILL_MQTT_IDENTIFIERS_H

#include "mqtt/index.h"

/* Embedded as the first member of the exchange that uses the identifier. */
typedef struct DrillIdentifierUse {
    DrillIndexLink link;
    uint16_t value; /* 0: none */
    bool in_use;
} DrillIdentifierUse;

typedef struct DrillIdentifiers {
    DrillIndex used;
    uint16_t next;      /* where the search for a free one begins */
    bool careless_wrap; /* defect: wraps early and does not look whether the identifier is free */
    bool zero_on_wrap;  /* defect: 0 follows 65,535 */
} DrillIdentifiers;

/* `first` is the first identifier given out; 0 means 1. */
void drill_identifiers_init(DrillIdentifiers *identifiers, DrillAllocator allocator,
                            uint16_t first);
/* Gives `use` the next free identifier, round robin. False: all 65,535 are in use. */
bool drill_identifiers_take(DrillIdentifiers *identifiers, DrillIdentifierUse *use);
/* Records an identifier that the peer chose. */
void drill_identifiers_hold(DrillIdentifiers *identifiers, DrillIdentifierUse *use, uint16_t value);
/* Frees it; nothing happens if `use` has none. */
void drill_identifiers_free(DrillIdentifiers *identifiers, DrillIdentifierUse *use);
DrillIdentifierUse *drill_identifiers_find(const DrillIdentifiers *identifiers, uint16_t value);
uint32_t drill_identifiers_count(const DrillIdentifiers *identifiers);
void drill_identifiers_release(DrillIdentifiers *identifiers);

#endif
