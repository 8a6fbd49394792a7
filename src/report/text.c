#include "report/text.h"

#include <string.h>

/* Advance widths of U+0020 to U+007E in thousandths of the size, as the font itself states them. */
/* clang-format off */
static const uint16_t regular_widths[95] = {
     318,  401,  460,  838,  636,  950,  780,  275,  390,  390,  500,  838,  318,  361,  318,  337,
     636,  636,  636,  636,  636,  636,  636,  636,  636,  636,  337,  337,  838,  838,  838,  531,
    1000,  684,  686,  698,  770,  632,  575,  775,  752,  295,  295,  656,  557,  863,  748,  787,
     603,  787,  695,  635,  611,  732,  684,  989,  685,  611,  685,  390,  337,  390,  838,  500,
     500,  613,  635,  550,  635,  615,  352,  635,  634,  278,  278,  579,  278,  974,  634,  612,
     635,  635,  411,  521,  392,  634,  592,  818,  592,  592,  525,  636,  337,  636,  838,
};
static const uint16_t bold_widths[95] = {
     348,  456,  521,  838,  696, 1002,  872,  306,  457,  457,  523,  838,  380,  415,  380,  365,
     696,  696,  696,  696,  696,  696,  696,  696,  696,  696,  400,  400,  838,  838,  838,  580,
    1000,  774,  762,  734,  830,  683,  683,  821,  837,  372,  372,  775,  637,  995,  837,  850,
     733,  850,  770,  720,  682,  812,  774, 1103,  771,  724,  725,  457,  365,  457,  838,  500,
     500,  675,  716,  593,  716,  678,  435,  716,  712,  343,  343,  665,  343, 1042,  712,  687,
     716,  716,  493,  595,  478,  712,  652,  924,  645,  652,  582,  712,  365,  712,  838,
};
/* clang-format on */

#define WIDTH_OTHER 900 /* arrows, crosses and most scripts; a little generous */

static size_t character_bytes(const char *text) {
    uint8_t first = (uint8_t)text[0];
    size_t size = first < 0x80 ? 1 : first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    for (size_t i = 1; i < size; i++) {
        if (text[i] == '\0') return i;
    }
    return size;
}

static int32_t character_width(const char *text, DrillFont font) {
    uint8_t first = (uint8_t)text[0];
    int32_t thousandths = WIDTH_OTHER;
    if (first >= 0x20 && first < 0x7F) {
        thousandths = font.bold ? bold_widths[first - 0x20] : regular_widths[first - 0x20];
    } else if (first == 0xC2) {
        thousandths = 400; /* the middle dot and its neighbours */
    }
    return thousandths * font.tenths;
}

int32_t drill_text_width(const char *text, DrillFont font) {
    int64_t width = 0;
    while (*text != '\0') {
        width += character_width(text, font);
        text += character_bytes(text);
    }
    return (int32_t)((width + 999) / 1000);
}

const char *drill_text_fit(DrillPool *pool, const char *text, DrillFont font, int32_t width_max) {
    if (drill_text_width(text, font) <= width_max) return text;
    int64_t budget = ((int64_t)width_max - font.tenths) * 1000; /* the ellipsis is one em wide */
    size_t at = 0;
    while (text[at] != '\0') {
        budget -= character_width(text + at, font);
        if (budget < 0) break;
        at += character_bytes(text + at);
    }
    while (at > 0 && text[at - 1] == ' ')
        at--;
    return drill_pool_print(pool, "%.*s…", (int)at, text);
}

/* Bytes of the longest run of words that fits; a word longer than the line is broken. */
static size_t line_bytes(const char *text, DrillFont font, int32_t width_max) {
    int64_t budget = (int64_t)width_max * 1000;
    size_t at = 0;
    size_t after_word = 0;
    while (text[at] != '\0' && text[at] != '\n') {
        budget -= character_width(text + at, font);
        if (budget < 0) break;
        at += character_bytes(text + at);
        if (text[at] == ' ' || text[at] == '\0' || text[at] == '\n') after_word = at;
    }
    if (text[at] == '\0' || text[at] == '\n') return at;
    if (after_word > 0) return after_word;
    return at > 0 ? at : character_bytes(text);
}

size_t drill_text_wrap(DrillPool *pool, const char *text, const DrillWrap *wrap,
                       const char **lines) {
    size_t count = 0;
    while (*text == ' ')
        text++;
    while (*text != '\0' && count < wrap->lines_max) {
        size_t size = line_bytes(text, wrap->font, wrap->width_max);
        if (count + 1 == wrap->lines_max && text[size] != '\0') {
            lines[count++] = drill_text_fit(pool, text, wrap->font, wrap->width_max);
            break;
        }
        lines[count++] = drill_pool_span(pool, drill_span(text, size));
        text += size;
        if (*text == '\n') text++;
        while (*text == ' ')
            text++;
    }
    return count;
}
