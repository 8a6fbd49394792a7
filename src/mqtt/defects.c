#include "mqtt/defects.h"

#include "base/base.h"

static const DrillDefectInfo table[] = {
#define DRILL_DEFECT_ROW(id, name, party, oracle, v3_statements, v5_statements, text)              \
    {name, party, oracle, v3_statements, v5_statements, text},
#include "mqtt/defects.def"
#undef DRILL_DEFECT_ROW
};

_Static_assert(DRILL_DEFECT_COUNT <= DRILL_DEFECT_WORDS * 64, "a bit per defect");

const DrillDefectInfo *drill_defect_info(DrillDefectId id) {
    DRILL_ASSERT((unsigned)id < DRILL_DEFECT_COUNT);
    return &table[id];
}

bool drill_defect_unproved(DrillDefectId id, DrillVersion version) {
    static const struct Unproved {
        int id;
        int version;
    } list[] = {
#define DRILL_UNPROVED(id, version) {(int)DRILL_DEFECT_##id, version},
#include "mqtt/defects_unproved.def"
#undef DRILL_UNPROVED
        {-1, 0}, /* the list may be empty */
    };
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(list); i++)
        if (list[i].id == (int)id && list[i].version == (int)version) return true;
    return false;
}

int drill_defect_find(DrillSpan name) {
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(table); i++) {
        if (drill_span_is(name, table[i].name)) return (int)i;
    }
    return -1;
}

void drill_defect_set(DrillDefectSet *set, DrillDefectId id) {
    set->bits[(unsigned)id / 64u] |= UINT64_C(1) << ((unsigned)id % 64u);
}

void drill_defect_clear(DrillDefectSet *set, DrillDefectId id) {
    set->bits[(unsigned)id / 64u] &= ~(UINT64_C(1) << ((unsigned)id % 64u));
}
