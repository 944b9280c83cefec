#include "fail.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void fail(const char *format, ...) {
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    printf("{\"error\":\"");
    for (const char *at = text; *at != '\0'; at++) {
        int shown = *at >= ' ' && *at < 127 && *at != '"' && *at != '\\';
        putchar(shown ? *at : '.');
    }
    printf("\"}\n");
    fflush(stdout);
    exit(1);
}
