/* A growing run of bytes. */
#ifndef BYTES_H
#define BYTES_H

#include <stddef.h>

struct bytes {
    char *data;
    size_t length;
    size_t capacity;
};

/* Makes room for `more` bytes behind those that are there; returns where they go. */
char *bytes_reserve(struct bytes *bytes, size_t more);

void bytes_append(struct bytes *bytes, const void *data, size_t length);

/* printf behind what is there. */
__attribute__((format(printf, 2, 3))) void bytes_format(struct bytes *bytes, const char *format, ...);

#endif
