/* What the servers speak. */
#ifndef DIALECT_H
#define DIALECT_H

#include <stddef.h>
#include <stdint.h>

#include "bytes.h"
#include "connection.h"

struct dialect {
    const char *name;
    /* Says the first word on a fresh connection. */
    void (*greet)(struct connection *connection);
    /* Takes whole messages off the front of what has come; returns how many bytes it took. */
    size_t (*take)(struct connection *connection, const char *bytes, size_t length);
    /* Appends `text`, said in this dialect. `number` differs for each text of a connection. */
    void (*say)(struct bytes *out, const struct connection *connection, uint64_t number,
                const char *text);
    /*
     * Where the server does not answer the first word: the publisher says something by which each
     * receiver knows, when it hears it, that it is in.
     */
    void (*call)(struct connection *publisher);

    /* The rest is for dialects over WebSocket only, see websocket.h. */

    /* Appends the path of the request. */
    void (*path)(struct bytes *out, const struct connection *connection);
    const char *subprotocol;
    /* The handshake is done. */
    void (*opened)(struct connection *connection);
    /* A text message has come. */
    void (*heard)(struct connection *connection, const char *text, size_t length);
};

/* By name; fails for one that is not known. */
const struct dialect *dialect_named(const char *name);

/* Whether `text` begins with the string literal `prefix`. */
#define begins(text, length, prefix) \
    ((length) >= sizeof(prefix) - 1 && memcmp((text), (prefix), sizeof(prefix) - 1) == 0)

extern const struct dialect alonechat_dialect, broadcast_dialect, chatnode_dialect, http_dialect,
    lines_dialect, mqtt_dialect, native_dialect, nats_dialect, original_dialect, socketio_dialect;

#endif
