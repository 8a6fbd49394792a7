/* Topic Names and Topic Filters (section 4.7): what is one, and which filter matches which name. */
#ifndef DRILL_MQTT_TOPIC_H
#define DRILL_MQTT_TOPIC_H

#include "base/base.h"

bool drill_topic_is_name(DrillSpan text);
bool drill_topic_is_filter(DrillSpan text);
/* One filter against one name, both valid. For many filters at once see topic_tree.h. */
bool drill_topic_matches(DrillSpan filter, DrillSpan name);

/* Walks the levels of a name or filter: start with *offset = 0; false after the last. "a//b" has
 * three levels, "" one. */
bool drill_topic_next_level(DrillSpan topic, size_t *offset, DrillSpan *level);

#endif
