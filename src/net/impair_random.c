/* What random impairments share: draws that resemble the one before, and models that walk from
 * state to state. Both move on with the packet's number and not with the packets that come as far
 * as them, so that what other impairments do changes nothing here. */
#include "net/path.h"

bool drill_value_chance(uint64_t value, DrillLinkRatio ratio) {
    return ratio.denominator != 0 && drill_draw_below(value, ratio.denominator) < ratio.numerator;
}

DrillLinkRatio drill_ratio_rest(DrillLinkRatio ratio) {
    if (ratio.denominator == 0) {
        return (DrillLinkRatio){1, 1};
    }
    return (DrillLinkRatio){ratio.denominator - ratio.numerator, ratio.denominator};
}

uint64_t drill_correlated_draw(DrillPath *path, DrillCorrelated *state, DrillLinkStream stream,
                               uint64_t number, DrillLinkRatio correlation) {
    DrillStream draws = path->streams[stream];
    if (correlation.numerator == 0) {
        return drill_stream_draw(draws, number, 0);
    }
    if (!state->begun || state->next < path->set_number) {
        state->next = path->set_number;
        state->begun = false;
    }
    for (; state->next <= number; state->next++) {
        bool again = state->begun &&
                     drill_value_chance(drill_stream_draw(draws, state->next, 1), correlation);
        if (!again) {
            state->value = drill_stream_draw(draws, state->next, 0);
        }
        state->begun = true;
    }
    return state->value;
}

bool drill_walk(DrillPath *path, DrillWalk *walk, uint64_t number,
                void (*step)(const DrillPath *path, DrillWalk *walk, uint64_t number)) {
    if (walk->next < path->set_number) {
        *walk = (DrillWalk){.next = path->set_number};
    }
    for (; walk->next <= number; walk->next++) {
        step(path, walk, walk->next);
    }
    return walk->lost;
}
