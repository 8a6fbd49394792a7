#include "script/pattern.h"

#include <string.h>

static const char *match_here(DrillMatch *match, const char *at, const char *pattern);

void drill_match_init(DrillMatch *match, lua_State *L, DrillSpan subject, DrillSpan pattern) {
    memset(match, 0, sizeof *match);
    match->L = L;
    match->subject = (const char *)subject.data;
    match->subject_end = match->subject + subject.size;
    match->pattern_end = (const char *)pattern.data + pattern.size;
    match->steps_max = drill_sandbox_left(drill_sandbox_script(L));
}

static void match_step(DrillMatch *match) {
    if (++match->steps > match->steps_max) drill_sandbox_spent(match->L);
}

void drill_match_pay(DrillMatch *match) {
    uint64_t steps = match->steps;
    match->steps = 0;
    drill_sandbox_charge(match->L, steps);
    match->steps_max = drill_sandbox_left(drill_sandbox_script(match->L));
}

/* --- one character --- */

/* ASCII only: the C library's classes depend on the locale. */
static bool class_has(char class_letter, unsigned char c) {
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    bool digit = c >= '0' && c <= '9';
    bool printable = c > 0x20 && c < 0x7F;
    bool result;
    char lower = (char)(class_letter | 0x20);
    switch (lower) {
    case 'a':
        result = letter;
        break;
    case 'c':
        result = c < 0x20 || c == 0x7F;
        break;
    case 'd':
        result = digit;
        break;
    case 'g':
        result = printable;
        break;
    case 'l':
        result = c >= 'a' && c <= 'z';
        break;
    case 'p':
        result = printable && !letter && !digit;
        break;
    case 's':
        result = c == ' ' || (c >= '\t' && c <= '\r');
        break;
    case 'u':
        result = c >= 'A' && c <= 'Z';
        break;
    case 'w':
        result = letter || digit;
        break;
    case 'x':
        result = digit || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        break;
    default:
        return (unsigned char)class_letter == c; /* an escaped character */
    }
    return (class_letter & 0x20) ? result : !result;
}

/* Behind the item that begins at `pattern`: one character, %x or [set]. */
static const char *item_end(DrillMatch *match, const char *pattern) {
    char first = *pattern++;
    if (first == '%') {
        if (pattern >= match->pattern_end) {
            drill_lua_fail(match->L, "malformed pattern (ends with '%%')");
        }
        return pattern + 1;
    }
    if (first != '[') return pattern;
    if (pattern < match->pattern_end && *pattern == '^') pattern++;
    bool first_in_set = true;
    while (pattern < match->pattern_end && (first_in_set || *pattern != ']')) {
        first_in_set = false;
        if (*pattern == '%' && pattern + 1 < match->pattern_end) pattern++;
        pattern++;
    }
    if (pattern >= match->pattern_end) {
        drill_lua_fail(match->L, "malformed pattern (missing ']')");
    }
    return pattern + 1;
}

/* `set` is at '[', `close` at the matching ']'. */
static bool set_has(const char *set, const char *close, unsigned char c) {
    bool wanted = true;
    if (*++set == '^') {
        wanted = false;
        set++;
    }
    while (set < close) {
        if (*set == '%') {
            if (class_has(set[1], c)) return wanted;
            set += 2;
        } else if (set + 2 < close && set[1] == '-') {
            if ((unsigned char)set[0] <= c && c <= (unsigned char)set[2]) return wanted;
            set += 3;
        } else {
            if ((unsigned char)*set == c) return wanted;
            set++;
        }
    }
    return !wanted;
}

static bool item_matches(DrillMatch *match, const char *at, const char *item, const char *end) {
    match_step(match);
    if (at >= match->subject_end) return false;
    unsigned char c = (unsigned char)*at;
    if (*item == '.') return true;
    if (*item == '%') return class_has(item[1], c);
    if (*item == '[') return set_has(item, end - 1, c);
    return (unsigned char)*item == c;
}

/* --- captures --- */

static const char *match_open(DrillMatch *match, const char *at, const char *pattern,
                              DrillCaptureKind kind) {
    if (match->captures >= DRILL_PATTERN_CAPTURES_MAX) {
        drill_lua_fail(match->L, "malformed pattern (more than %d captures)",
                       DRILL_PATTERN_CAPTURES_MAX);
    }
    match->capture[match->captures++] = (DrillCapture){at, 0, kind};
    const char *end = match_here(match, at, pattern);
    if (!end) match->captures--;
    return end;
}

static const char *match_close(DrillMatch *match, const char *at, const char *pattern) {
    int open = match->captures - 1;
    while (open >= 0 && match->capture[open].kind != DRILL_CAPTURE_OPEN)
        open--;
    if (open < 0) drill_lua_fail(match->L, "malformed pattern (')' without '(')");
    match->capture[open].kind = DRILL_CAPTURE_TEXT;
    match->capture[open].length = (size_t)(at - match->capture[open].start);
    const char *end = match_here(match, at, pattern);
    if (!end) match->capture[open].kind = DRILL_CAPTURE_OPEN;
    return end;
}

static const char *match_back(DrillMatch *match, const char *at, char digit) {
    int index = digit - '1';
    if (index < 0 || index >= match->captures || match->capture[index].kind == DRILL_CAPTURE_OPEN) {
        drill_lua_fail(match->L, "malformed pattern (there is no capture %%%c)", digit);
    }
    size_t length = match->capture[index].length;
    match->steps += length / 16;
    if ((size_t)(match->subject_end - at) < length) return NULL;
    return memcmp(match->capture[index].start, at, length) == 0 ? at + length : NULL;
}

/* %bxy; `pattern` is at x. */
static const char *match_balance(DrillMatch *match, const char *at, const char *pattern) {
    if (match->pattern_end - pattern < 2) {
        drill_lua_fail(match->L, "malformed pattern ('%%b' needs two characters)");
    }
    if (at >= match->subject_end || *at != pattern[0]) return NULL;
    size_t depth = 1;
    while (++at < match->subject_end) {
        match_step(match);
        if (*at == pattern[1]) {
            if (--depth == 0) return at + 1;
        } else if (*at == pattern[0]) {
            depth++;
        }
    }
    return NULL;
}

/* %f[set]; `set` is at '['. */
static bool match_frontier(DrillMatch *match, const char *at, const char *set, const char *end) {
    unsigned char before = at == match->subject ? 0 : (unsigned char)at[-1];
    unsigned char here = at == match->subject_end ? 0 : (unsigned char)*at;
    match_step(match);
    return !set_has(set, end - 1, before) && set_has(set, end - 1, here);
}

/* --- repetitions --- */

static const char *match_most(DrillMatch *match, const char *at, const char *item, const char *end,
                              ptrdiff_t least) {
    ptrdiff_t count = 0;
    while (item_matches(match, at + count, item, end))
        count++;
    for (; count >= least; count--) {
        const char *rest = match_here(match, at + count, end + 1);
        if (rest) return rest;
    }
    return NULL;
}

static const char *match_fewest(DrillMatch *match, const char *at, const char *item,
                                const char *end) {
    for (;;) {
        const char *rest = match_here(match, at, end + 1);
        if (rest) return rest;
        if (!item_matches(match, at, item, end)) return NULL;
        at++;
    }
}

/* An item and what follows it. True: *result is the answer. False: go on at *at, *pattern. */
static bool match_item(DrillMatch *match, const char **at, const char **pattern,
                       const char **result) {
    const char *item = *pattern;
    const char *end = item_end(match, item);
    char suffix = end < match->pattern_end ? *end : '\0';
    if (suffix == '*' || suffix == '+') {
        *result = match_most(match, *at, item, end, suffix == '+' ? 1 : 0);
        return true;
    }
    if (suffix == '-') {
        *result = match_fewest(match, *at, item, end);
        return true;
    }
    bool fits = item_matches(match, *at, item, end);
    if (suffix == '?') {
        if (fits) {
            *result = match_here(match, *at + 1, end + 1);
            if (*result) return true;
        }
        *pattern = end + 1;
        return false;
    }
    *result = NULL;
    if (!fits) return true;
    ++*at;
    *pattern = end;
    return false;
}

/* %b, %f and %1..%9. As match_item; *handled is false when the escape is an ordinary item. */
static bool match_escape(DrillMatch *match, const char **at, const char **pattern,
                         const char **result, bool *handled) {
    char letter = *pattern + 1 < match->pattern_end ? (*pattern)[1] : '\0';
    *handled = true;
    *result = NULL;
    if (letter == 'b') {
        const char *end = match_balance(match, *at, *pattern + 2);
        if (!end) return true;
        *at = end;
        *pattern += 4;
        return false;
    }
    if (letter == 'f') {
        const char *set = *pattern + 2;
        if (set >= match->pattern_end || *set != '[') {
            drill_lua_fail(match->L, "malformed pattern (missing '[' after '%%f')");
        }
        const char *end = item_end(match, set);
        if (!match_frontier(match, *at, set, end)) return true;
        *pattern = end;
        return false;
    }
    if (letter >= '0' && letter <= '9') {
        const char *end = match_back(match, *at, letter);
        if (!end) return true;
        *at = end;
        *pattern += 2;
        return false;
    }
    *handled = false;
    return false;
}

static const char *match_loop(DrillMatch *match, const char *at, const char *pattern) {
    for (;;) {
        match_step(match);
        if (pattern == match->pattern_end) return at;
        const char *result = NULL;
        bool handled = false;
        if (*pattern == '(') {
            bool position = pattern + 1 < match->pattern_end && pattern[1] == ')';
            return match_open(match, at, pattern + (position ? 2 : 1),
                              position ? DRILL_CAPTURE_POSITION : DRILL_CAPTURE_OPEN);
        }
        if (*pattern == ')') return match_close(match, at, pattern + 1);
        if (*pattern == '$' && pattern + 1 == match->pattern_end) {
            return at == match->subject_end ? at : NULL;
        }
        if (*pattern == '%' && match_escape(match, &at, &pattern, &result, &handled)) return result;
        if (!handled && match_item(match, &at, &pattern, &result)) return result;
    }
}

static const char *match_here(DrillMatch *match, const char *at, const char *pattern) {
    if (++match->depth > DRILL_PATTERN_DEPTH_MAX) {
        drill_lua_fail(match->L, "pattern too complex (more than %d nested repetitions)",
                       DRILL_PATTERN_DEPTH_MAX);
    }
    const char *end = match_loop(match, at, pattern);
    match->depth--;
    return end;
}

const char *drill_match_at(DrillMatch *match, const char *at, const char *pattern) {
    match->captures = 0;
    match->depth = 0;
    return match_here(match, at, pattern);
}
