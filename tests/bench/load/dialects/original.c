/* Original clients of the asyncio chat, see docs/relay.md. */
#include <stdlib.h>
#include <string.h>

#include "../dialect.h"
#include "../fail.h"
#include "../frames.h"

#define CALL "are you there?"

/* Nothing answers the alias. */
static void greet(struct connection *connection) {
    struct bytes alias = {0};
    bytes_format(&alias, "__alias__:person %d", connection->index);
    frame_send(connection, alias.data, alias.length);
    free(alias.data);
    if (!connection->receives) on_ready(connection);
}

static void call(struct connection *publisher) {
    frame_send(publisher, CALL, sizeof CALL - 1);
}

static bool is_call(const char *body, size_t length) {
    const size_t size = sizeof CALL - 1;
    return length >= size && memcmp(body + length - size, CALL, size) == 0;
}

static void heard(struct connection *connection, const char *body, size_t length) {
    if (is_call(body, length)) {
        if (connection->stage == 0) on_ready(connection);
        connection->stage = 1;
    } else if (begins(body, length, "[!]")) {
        fail("%.*s", (int)length, body);
    } else if (!begins(body, length, "[+]")) {
        on_delivery(connection, body, length);
    }
}

static size_t take(struct connection *connection, const char *bytes, size_t length) {
    return frames_take(connection, bytes, length, heard);
}

static void say(struct bytes *out, const struct connection *connection, uint64_t number,
                const char *text) {
    (void)connection, (void)number;
    frame_append(out, text, strlen(text));
}

const struct dialect original_dialect = {
    .name = "original",
    .greet = greet,
    .take = take,
    .say = say,
    .call = call,
};
