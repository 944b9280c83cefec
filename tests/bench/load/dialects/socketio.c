/* Socket.IO protocol 5 over Engine.IO protocol 4 over WebSocket. */
#include <string.h>

#include "../dialect.h"
#include "../websocket.h"

static void path(struct bytes *out, const struct connection *connection) {
    (void)connection;
    bytes_format(out, "/socket.io/?EIO=4&transport=websocket");
}

static void opened(struct connection *connection) { (void)connection; }

static void heard(struct connection *connection, const char *text, size_t length) {
    if (begins(text, length, "42")) on_delivery(connection, text, length);
    else if (begins(text, length, "40")) on_ready(connection);
    else if (begins(text, length, "0")) websocket_send(connection, "40", 2);
    else if (begins(text, length, "2")) websocket_send(connection, "3", 1);
}

static void say(struct bytes *out, const struct connection *connection, uint64_t number,
                const char *text) {
    (void)connection, (void)number;
    static struct bytes frame;
    frame.length = 0;
    bytes_format(&frame, "42[\"say\",\"%s\"]", text);
    websocket_text(out, frame.data, frame.length);
}

const struct dialect socketio_dialect = {
    .name = "socket.io",
    .greet = websocket_greet,
    .take = websocket_take,
    .say = say,
    .path = path,
    .opened = opened,
    .heard = heard,
};
