/* Topic Names and Topic Filters (section 4.7): what is one, and which filter matches which name. */
#ifndef DRILL_MQTT_TOPIC_H
#define DRILL_MQTT_TOPIC_H

#include "base/base.h"

bool drill_topic_is_name(DrillSpan text);
bool drill_topic_is_filter(DrillSpan text);
/* One filter against one name, both valid. For many filters at once see topic_tree.h. */
bool drill_topic_matches(DrillSpan filter, DrillSpan name);

/* "$share/name/filter" (5.0) taken apart; false: `text` is no such filter. */
bool drill_topic_split_share(DrillSpan text, DrillSpan *name, DrillSpan *filter);
bool drill_topic_has_wildcard(DrillSpan filter);
/* Every name that `inner` matches is matched by `outer`. */
bool drill_topic_covers(DrillSpan outer, DrillSpan inner);
size_t drill_topic_level_count(DrillSpan topic);

/* Walks the levels of a name or filter: start with *offset = 0; false after the last. "a//b" has
 * three levels, "" one. */
bool drill_topic_next_level(DrillSpan topic, size_t *offset, DrillSpan *level);

#endif
