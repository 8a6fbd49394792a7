#include "base/diagnostic.h"

#include <stdarg.h>
#include <stdio.h>

DrillResult drill_diagnose(DrillDiagnostic *diagnostic, DrillResult result, const char *format,
                           ...) {
    if (diagnostic == NULL) {
        return result;
    }
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(diagnostic->text, sizeof diagnostic->text, format, arguments);
    va_end(arguments);
    if (length < 0) {
        diagnostic->text[0] = '\0';
    }
    return result;
}
