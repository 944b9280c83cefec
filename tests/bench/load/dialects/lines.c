/* Lines over TCP, for the floor (peers/floor.c). */
#include <string.h>

#include "../dialect.h"

/* The server answers with the same line once it has taken the connection. */
#define JOIN "join\n"

static void greet(struct connection *connection) {
    connection_send(connection, JOIN, sizeof JOIN - 1);
}

static size_t take(struct connection *connection, const char *bytes, size_t length) {
    size_t taken = 0;
    for (;;) {
        const char *end = memchr(bytes + taken, '\n', length - taken);
        if (end == NULL) return taken;
        size_t line = (size_t)(end - bytes) + 1 - taken;
        if (connection->stage == 0 && begins(bytes + taken, line, JOIN)) {
            connection->stage = 1;
            on_ready(connection);
        } else {
            on_delivery(connection, bytes + taken, line);
        }
        taken += line;
    }
}

static void say(struct bytes *out, const struct connection *connection, uint64_t number,
                const char *text) {
    (void)connection, (void)number;
    bytes_append(out, text, strlen(text));
    bytes_append(out, "\n", 1);
}

const struct dialect lines_dialect = {
    .name = "lines",
    .greet = greet,
    .take = take,
    .say = say,
};
