#include "bytes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"

char *bytes_reserve(struct bytes *bytes, size_t more) {
    size_t needed = bytes->length + more;
    if (needed > bytes->capacity) {
        bytes->capacity = needed * 2;
        bytes->data = realloc(bytes->data, bytes->capacity);
        if (bytes->data == NULL) fail("out of memory");
    }
    return bytes->data + bytes->length;
}

void bytes_append(struct bytes *bytes, const void *data, size_t length) {
    memcpy(bytes_reserve(bytes, length), data, length);
    bytes->length += length;
}

void bytes_format(struct bytes *bytes, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *target = bytes_reserve(bytes, (size_t)length + 1);
    va_start(arguments, format);
    vsnprintf(target, (size_t)length + 1, format, arguments);
    va_end(arguments);
    bytes->length += (size_t)length;
}
