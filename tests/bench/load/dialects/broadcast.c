/* The plain WebSocket loop: every text goes as it is to everybody else. */
#include <string.h>

#include "../dialect.h"
#include "../websocket.h"

static void heard(struct connection *connection, const char *text, size_t length) {
    on_delivery(connection, text, length);
}

static void say(struct bytes *out, const struct connection *connection, uint64_t number,
                const char *text) {
    (void)connection, (void)number;
    websocket_text(out, text, strlen(text));
}

const struct dialect broadcast_dialect = {
    .name = "broadcast",
    .greet = websocket_greet,
    .take = websocket_take,
    .say = say,
    .path = websocket_root,
    .opened = on_ready,
    .heard = heard,
};
