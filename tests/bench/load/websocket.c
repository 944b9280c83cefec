#include "websocket.h"

#include <stdlib.h>
#include <string.h>

#include "dialect.h"
#include "fail.h"

enum { TEXT = 1, CLOSE = 8, PING = 9, PONG = 10 };
enum { HANDSHAKE, OPEN };

/* RFC 6455 section 5.3 wants a fresh mask for each frame. */
static uint32_t next_mask(void) {
    static uint32_t state = 0x9e3779b9;
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

static void append_frame(struct bytes *out, int opcode, const char *payload, size_t length) {
    unsigned char head[8] = {(unsigned char)(0x80 | opcode)};
    size_t size = 2;
    if (length < 126) {
        head[1] = (unsigned char)(0x80 | length);
    } else if (length < 65536) {
        head[1] = 0x80 | 126;
        head[2] = (unsigned char)(length >> 8);
        head[3] = (unsigned char)length;
        size = 4;
    } else {
        fail("no frame is that long");
    }
    uint32_t mask = next_mask();
    memcpy(head + size, &mask, 4);
    bytes_append(out, head, size + 4);
    char *target = bytes_reserve(out, length);
    for (size_t i = 0; i < length; i++) target[i] = (char)(payload[i] ^ (char)head[size + (i & 3)]);
    out->length += length;
}

static void send_frame(struct connection *connection, int opcode, const char *payload,
                       size_t length) {
    static struct bytes frame;
    frame.length = 0;
    append_frame(&frame, opcode, payload, length);
    connection_send(connection, frame.data, frame.length);
}

void websocket_text(struct bytes *out, const char *payload, size_t length) {
    append_frame(out, TEXT, payload, length);
}

void websocket_send(struct connection *connection, const char *payload, size_t length) {
    send_frame(connection, TEXT, payload, length);
}

void websocket_root(struct bytes *out, const struct connection *connection) {
    (void)connection;
    bytes_append(out, "/", 1);
}

void websocket_greet(struct connection *connection) {
    const struct dialect *dialect = connection->dialect;
    struct bytes request = {0};
    bytes_append(&request, "GET ", 4);
    dialect->path(&request, connection);
    bytes_format(&request,
                 " HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                 "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n");
    if (dialect->subprotocol != NULL) {
        bytes_format(&request, "Sec-WebSocket-Protocol: %s\r\n", dialect->subprotocol);
    }
    bytes_append(&request, "\r\n", 2);
    connection_send(connection, request.data, request.length);
    free(request.data);
}

static size_t take_handshake(struct connection *connection, const char *bytes, size_t length) {
    const char *end = memmem(bytes, length, "\r\n\r\n", 4);
    if (end == NULL) return 0;
    if (!begins(bytes, length, "HTTP/1.1 101 ")) fail("refused: %.*s", 40, bytes);
    connection->stage = OPEN;
    connection->dialect->opened(connection);
    return (size_t)(end - bytes) + 4;
}

/* A server's frame: its header's size and its payload's; false when the header is not whole. */
static bool read_header(const unsigned char *at, size_t length, size_t *header, size_t *payload) {
    if (length < 2) return false;
    *header = 2;
    *payload = at[1] & 127;
    if (*payload == 126) {
        *header = 4;
        if (length < 4) return false;
        *payload = (size_t)at[2] << 8 | at[3];
    } else if (*payload == 127) {
        *header = 10;
        if (length < 10) return false;
        *payload = 0;
        for (int i = 2; i < 10; i++) *payload = *payload << 8 | at[i];
    }
    return true;
}

static void take_frame(struct connection *connection, int opcode, const char *payload,
                       size_t length) {
    if (opcode == TEXT) {
        connection->dialect->heard(connection, payload, length);
    } else if (opcode == PING) {
        send_frame(connection, PONG, payload, length);
    } else if (opcode == CLOSE) {
        int reason = length > 2 ? (int)length - 2 : 0;
        fail("the server says goodbye to connection %d: %.*s", connection->index, reason,
             payload + (reason > 0 ? 2 : 0));
    }
}

size_t websocket_take(struct connection *connection, const char *bytes, size_t length) {
    size_t taken = 0;
    if (connection->stage == HANDSHAKE) {
        taken = take_handshake(connection, bytes, length);
        if (taken == 0) return 0;
    }
    for (;;) {
        const unsigned char *at = (const unsigned char *)bytes + taken;
        size_t header, payload;
        if (!read_header(at, length - taken, &header, &payload)) return taken;
        if (length - taken < header + payload) return taken;
        take_frame(connection, at[0] & 15, (const char *)at + header, payload);
        taken += header + payload;
    }
}
