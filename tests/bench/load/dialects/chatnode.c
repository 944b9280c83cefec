/* chatnode.v1, see docs/protocol.md. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../dialect.h"
#include "../fail.h"
#include "../websocket.h"

static void opened(struct connection *connection) {
    struct bytes hello = {0};
    bytes_format(&hello, "{\"type\":\"hello\",\"token\":\"%s\",\"rooms\":[%s]}", connection->token,
                 connection->receives ? "{\"room\":\"lobby\"}" : "");
    websocket_send(connection, hello.data, hello.length);
    free(hello.data);
}

static void heard(struct connection *connection, const char *text, size_t length) {
    if (begins(text, length, "{\"type\":\"event\"")) {
        on_delivery(connection, text, length);
    } else if (begins(text, length, "{\"type\":\"ack\"")) {
        on_answer(connection);
    } else if (begins(text, length, "{\"type\":\"joined\"")) {
        on_ready(connection);
    } else if (begins(text, length, "{\"type\":\"welcome\"")) {
        if (!connection->receives) on_ready(connection);
    } else if (begins(text, length, "{\"type\":\"error\"")) {
        fail("%.*s", (int)length, text);
    }
}

/* With a key, as clients send: a text that is said again after a lost connection is stored once. */
static void say(struct bytes *out, const struct connection *connection, uint64_t number,
                const char *text) {
    static struct bytes frame;
    frame.length = 0;
    bytes_format(&frame,
                 "{\"type\":\"send\",\"room\":\"lobby\",\"key\":\"%x-%x-%llx\",\"body\":\"%s\"}",
                 (unsigned)getpid(), (unsigned)connection->index, (unsigned long long)number, text);
    websocket_text(out, frame.data, frame.length);
}

const struct dialect chatnode_dialect = {
    .name = "chatnode",
    .greet = websocket_greet,
    .take = websocket_take,
    .say = say,
    .path = websocket_root,
    .subprotocol = "chatnode.v1",
    .opened = opened,
    .heard = heard,
};
