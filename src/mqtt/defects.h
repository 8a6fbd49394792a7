/* The table of switchable defects: deliberate deviations of the virtual broker and client. A row in
 * defects.def, one marked line at its site (`if (DRILL_DEFECT(broker->config.defects, B_...))`). */
#ifndef DRILL_MQTT_DEFECTS_H
#define DRILL_MQTT_DEFECTS_H

#include <mqttdrill/client.h>

typedef enum DrillDefectId {
#define DRILL_DEFECT_ROW(id, name, party, oracle, v3_statements, v5_statements, text)              \
    DRILL_DEFECT_##id,
#include "mqtt/defects.def"
#undef DRILL_DEFECT_ROW
    DRILL_DEFECT_COUNT
} DrillDefectId;

typedef struct DrillDefectInfo {
    const char *name;          /* "b-qos2-no-inbound-id-store" */
    const char *party;         /* "broker" "client" */
    const char *oracle;        /* names of oracles that may catch it, space separated */
    const char *v3_statements; /* "v3:MQTT-4.3.3-2 v3:..." one of which the finding must name; "" if
                                  the defect has no 3.1.1 form */
    const char *v5_statements;
    const char *text; /* the deviation in one line */
} DrillDefectInfo;

const DrillDefectInfo *drill_defect_info(DrillDefectId id);
/* Is there no shipped scenario yet that catches it in this version? */
bool drill_defect_unproved(DrillDefectId id, DrillVersion version);
int drill_defect_find(DrillSpan name); /* -1: none */
void drill_defect_set(DrillDefectSet *set, DrillDefectId id);
void drill_defect_clear(DrillDefectSet *set, DrillDefectId id);

static inline bool drill_defect_is_on(const DrillDefectSet *set, DrillDefectId id) {
    return (set->bits[(unsigned)id / 64u] >> ((unsigned)id % 64u) & 1u) != 0;
}

#define DRILL_DEFECT(set, id) drill_defect_is_on(&(set), DRILL_DEFECT_##id)

#endif
