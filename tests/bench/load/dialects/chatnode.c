/* chatnode.v1 over WebSocket and in frames over TCP, see docs/protocol.md. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../dialect.h"
#include "../fail.h"
#include "../frames.h"
#include "../websocket.h"

static void greet(struct connection *connection, void (*send)(struct connection *connection,
                                                              const char *text, size_t length)) {
    struct bytes hello = {0};
    bytes_format(&hello, "{\"type\":\"hello\",\"token\":\"%s\",\"rooms\":[%s]}", connection->token,
                 connection->receives ? "{\"room\":\"lobby\"}" : "");
    send(connection, hello.data, hello.length);
    free(hello.data);
}

static void opened(struct connection *connection) { greet(connection, websocket_send); }

static void greet_in_frames(struct connection *connection) { greet(connection, frame_send); }

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

/* An empty frame asks for a sign of life. */
static void heard_in_frames(struct connection *connection, const char *text, size_t length) {
    if (length == 0) frame_send(connection, "", 0);
    else heard(connection, text, length);
}

static size_t take_frames(struct connection *connection, const char *bytes, size_t length) {
    return frames_take(connection, bytes, length, heard_in_frames);
}

/* With a key, as clients send: a text that is said again after a lost connection is stored once. */
static const struct bytes *said(const struct connection *connection, uint64_t number,
                                const char *text) {
    static struct bytes frame;
    frame.length = 0;
    bytes_format(&frame,
                 "{\"type\":\"send\",\"room\":\"lobby\",\"key\":\"%x-%x-%llx\",\"body\":\"%s\"}",
                 (unsigned)getpid(), (unsigned)connection->index, (unsigned long long)number, text);
    return &frame;
}

static void say(struct bytes *out, const struct connection *connection, uint64_t number,
                const char *text) {
    const struct bytes *frame = said(connection, number, text);
    websocket_text(out, frame->data, frame->length);
}

static void say_in_frames(struct bytes *out, const struct connection *connection, uint64_t number,
                          const char *text) {
    const struct bytes *frame = said(connection, number, text);
    frame_append(out, frame->data, frame->length);
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

const struct dialect native_dialect = {
    .name = "native",
    .greet = greet_in_frames,
    .take = take_frames,
    .say = say_in_frames,
};
