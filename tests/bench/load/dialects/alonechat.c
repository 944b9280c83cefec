/* What the original AloneChat clients speak over WebSocket. */
#include <string.h>

#include "../dialect.h"
#include "../fail.h"
#include "../websocket.h"

#define HEARTBEAT \
    "{\"type\":7,\"sender\":\"-\",\"content\":\"ping\",\"target\":null,\"command\":null}"

static void path(struct bytes *out, const struct connection *connection) {
    bytes_format(out, "/?token=%s", connection->token);
}

/* Nothing tells a client that it is in; the answer to a heartbeat comes once it is. */
static void opened(struct connection *connection) {
    websocket_send(connection, HEARTBEAT, sizeof HEARTBEAT - 1);
}

static void heard(struct connection *connection, const char *text, size_t length) {
    if (begins(text, length, "{\"type\":1,\"sender\":\"SERVER\"")) {
        fail("%.*s", (int)length, text);
    } else if (begins(text, length, "{\"type\":1,")) {
        /* Who says something hears it too: that is how it is told. */
        if (connection->receives) on_delivery(connection, text, length);
        else on_answer(connection);
    } else if (begins(text, length, "{\"type\":7,")) {
        on_ready(connection);
    }
}

static void say(struct bytes *out, const struct connection *connection, uint64_t number,
                const char *text) {
    (void)connection, (void)number;
    static struct bytes frame;
    frame.length = 0;
    bytes_format(&frame,
                 "{\"type\":1,\"sender\":\"-\",\"content\":\"%s\",\"target\":null,\"command\":null}",
                 text);
    websocket_text(out, frame.data, frame.length);
}

const struct dialect alonechat_dialect = {
    .name = "alonechat",
    .greet = websocket_greet,
    .take = websocket_take,
    .say = say,
    .path = path,
    .opened = opened,
    .heard = heard,
};
