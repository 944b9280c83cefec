/* WebSocket as a client speaks it (RFC 6455), for dialects over it. */
#ifndef WEBSOCKET_H
#define WEBSOCKET_H

#include <stddef.h>
#include <stdint.h>

#include "bytes.h"
#include "connection.h"

/* `greet` and `take` of such a dialect. */
void websocket_greet(struct connection *connection);
size_t websocket_take(struct connection *connection, const char *bytes, size_t length);

/* Appends one masked text frame. */
void websocket_text(struct bytes *out, const char *payload, size_t length);

/* Sends one text frame. */
void websocket_send(struct connection *connection, const char *payload, size_t length);

/* Appends the path "/". */
void websocket_root(struct bytes *out, const struct connection *connection);

#endif
