#include "mqtt/identifiers.h"

#define IDENTIFIER_MAX      65535u
#define CARELESS_WRAP_AFTER 8u

void drill_identifiers_init(DrillIdentifiers *identifiers, DrillAllocator allocator,
                            uint16_t first) {
    *identifiers =
        (DrillIdentifiers){.used = {.allocator = allocator}, .next = first == 0 ? 1 : first};
}

static uint16_t following(uint16_t value) {
    /* [v3:MQTT-2.3.1-1] 0 is no Packet Identifier: 1 follows 65,535. */
    return value == IDENTIFIER_MAX ? 1 : (uint16_t)(value + 1u);
}

bool drill_identifiers_take(DrillIdentifiers *identifiers, DrillIdentifierUse *use) {
    DRILL_ASSERT(!use->in_use);
    if (identifiers->careless_wrap) {
        uint16_t value = identifiers->next;
        identifiers->next = (uint16_t)(value % CARELESS_WRAP_AFTER + 1u);
        drill_identifiers_hold(identifiers, use, value);
        return true;
    }
    if (identifiers->used.count >= IDENTIFIER_MAX) return false;
    /* [v3:MQTT-2.3.1-2] [v3:MQTT-2.3.1-4] whoever starts an exchange picks an identifier that is
     * not in use. */
    while (drill_identifiers_find(identifiers, identifiers->next) != NULL) {
        identifiers->next = following(identifiers->next);
    }
    uint16_t value = identifiers->next;
    identifiers->next = following(value);
    if (identifiers->zero_on_wrap && value == IDENTIFIER_MAX) identifiers->next = 0;
    drill_identifiers_hold(identifiers, use, value);
    return true;
}

void drill_identifiers_hold(DrillIdentifiers *identifiers, DrillIdentifierUse *use,
                            uint16_t value) {
    use->value = value;
    use->in_use = true;
    drill_index_add(&identifiers->used, &use->link, drill_index_mix(value));
}

void drill_identifiers_free(DrillIdentifiers *identifiers, DrillIdentifierUse *use) {
    if (!use->in_use) return;
    drill_index_remove(&identifiers->used, &use->link);
    use->value = 0;
    use->in_use = false;
}

DrillIdentifierUse *drill_identifiers_find(const DrillIdentifiers *identifiers, uint16_t value) {
    DrillIndexLink *link = drill_index_first(&identifiers->used, drill_index_mix(value));
    while (link != NULL && ((DrillIdentifierUse *)link)->value != value) {
        link = drill_index_next(link);
    }
    return (DrillIdentifierUse *)link;
}

uint32_t drill_identifiers_count(const DrillIdentifiers *identifiers) {
    return (uint32_t)identifiers->used.count;
}

void drill_identifiers_release(DrillIdentifiers *identifiers) {
    drill_index_release(&identifiers->used);
}
