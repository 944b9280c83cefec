/* Frames over TCP: a length of four bytes, big-endian, and as many bytes. */
#ifndef FRAMES_H
#define FRAMES_H

#include <stddef.h>

#include "bytes.h"
#include "connection.h"

/* Appends one frame. */
void frame_append(struct bytes *out, const char *body, size_t length);

/* Sends one frame. */
void frame_send(struct connection *connection, const char *body, size_t length);

/* Hands each whole frame at the front of what has come to `heard`; how many bytes they took. */
size_t frames_take(struct connection *connection, const char *bytes, size_t length,
                   void (*heard)(struct connection *connection, const char *body, size_t length));

#endif
