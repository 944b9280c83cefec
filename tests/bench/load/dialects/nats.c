/* The client protocol of NATS. */
#include <stdlib.h>
#include <string.h>

#include "../dialect.h"
#include "../fail.h"

#define SUBJECT "room.lobby"
#define CONNECT "CONNECT {\"verbose\":false,\"pedantic\":false}\r\n"

/* The server speaks first. */
static void greet(struct connection *connection) { (void)connection; }

static void subscribe(struct connection *connection) {
    struct bytes words = {0};
    bytes_format(&words, CONNECT "%sPING\r\n", connection->receives ? "SUB " SUBJECT " 1\r\n" : "");
    connection_send(connection, words.data, words.length);
    free(words.data);
}

/* The size of the payload: the last word of `MSG <subject> <sid> <size>`. */
static size_t payload_size(const char *line, const char *end) {
    size_t size = 0;
    for (const char *at = (const char *)memrchr(line, ' ', (size_t)(end - line)) + 1; at < end; at++) {
        size = size * 10 + (size_t)(*at - '0');
    }
    return size;
}

static size_t take(struct connection *connection, const char *bytes, size_t length) {
    size_t taken = 0;
    for (;;) {
        const char *line = bytes + taken;
        const char *end = memmem(line, length - taken, "\r\n", 2);
        if (end == NULL) return taken;
        size_t size = (size_t)(end - line) + 2;
        if (begins(line, size, "MSG ")) {
            size_t whole = size + payload_size(line, end) + 2;
            if (length - taken < whole) return taken;
            on_delivery(connection, line + size, whole - size - 2);
            size = whole;
        } else if (begins(line, size, "INFO ")) {
            if (connection->stage++ == 0) subscribe(connection);
        } else if (begins(line, size, "PONG")) {
            on_ready(connection);
        } else if (begins(line, size, "PING")) {
            connection_send(connection, "PONG\r\n", 6);
        } else if (begins(line, size, "-ERR")) {
            fail("%.*s", (int)(end - line), line);
        }
        taken += size;
    }
}

static void say(struct bytes *out, const struct connection *connection, uint64_t number,
                const char *text) {
    (void)connection, (void)number;
    bytes_format(out, "PUB " SUBJECT " %zu\r\n%s\r\n", strlen(text), text);
}

const struct dialect nats_dialect = {
    .name = "nats",
    .greet = greet,
    .take = take,
    .say = say,
};
