/* MQTT 3.1.1 with quality of service 0. */
#include <stdlib.h>
#include <string.h>

#include "../dialect.h"
#include "../fail.h"

#define TOPIC "room/lobby"
enum { TOPIC_SIZE = sizeof TOPIC - 1 };
enum { CONNECT = 0x10, CONNACK = 0x20, PUBLISH = 0x30, SUBSCRIBE = 0x82, SUBACK = 0x90 };

static void append_head(struct bytes *out, int type, size_t length) {
    unsigned char head[4] = {(unsigned char)type, (unsigned char)(length & 127)};
    size_t size = 2;
    if (length > 127) {
        head[1] |= 128;
        head[2] = (unsigned char)(length >> 7);
        size = 3;
    }
    bytes_append(out, head, size);
}

static void append_string(struct bytes *out, const char *text, size_t length) {
    unsigned char size[2] = {(unsigned char)(length >> 8), (unsigned char)length};
    bytes_append(out, size, 2);
    bytes_append(out, text, length);
}

/* A clean session without a name and without keep-alive. */
static void greet(struct connection *connection) {
    static const unsigned char variable[] = {0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 0, 0, 0};
    struct bytes packet = {0};
    append_head(&packet, CONNECT, sizeof variable);
    bytes_append(&packet, variable, sizeof variable);
    connection_send(connection, packet.data, packet.length);
    free(packet.data);
}

static void subscribe(struct connection *connection) {
    struct bytes packet = {0};
    append_head(&packet, SUBSCRIBE, 2 + 2 + TOPIC_SIZE + 1);
    bytes_append(&packet, "\0\1", 2);
    append_string(&packet, TOPIC, TOPIC_SIZE);
    bytes_append(&packet, "\0", 1);
    connection_send(connection, packet.data, packet.length);
    free(packet.data);
}

static void take_packet(struct connection *connection, int type, const char *body, size_t length) {
    if (type == PUBLISH) {
        if (length < 2 + TOPIC_SIZE) fail("a publication is too short");
        on_delivery(connection, body + 2 + TOPIC_SIZE, length - 2 - TOPIC_SIZE);
    } else if (type == CONNACK) {
        if (body[1] != 0) fail("refused: %d", body[1]);
        if (connection->receives) subscribe(connection);
        else on_ready(connection);
    } else if (type == SUBACK) {
        on_ready(connection);
    }
}

static size_t take(struct connection *connection, const char *bytes, size_t length) {
    size_t taken = 0;
    for (;;) {
        const unsigned char *at = (const unsigned char *)bytes + taken;
        size_t rest = length - taken, size = 0, header = 1;
        for (int shift = 0;; shift += 7) {
            if (header >= rest) return taken;
            size |= (size_t)(at[header] & 127) << shift;
            if ((at[header++] & 128) == 0) break;
        }
        if (rest < header + size) return taken;
        take_packet(connection, at[0] & 0xf0, (const char *)at + header, size);
        taken += header + size;
    }
}

static void say(struct bytes *out, const struct connection *connection, uint64_t number,
                const char *text) {
    (void)connection, (void)number;
    size_t length = strlen(text);
    append_head(out, PUBLISH, 2 + TOPIC_SIZE + length);
    append_string(out, TOPIC, TOPIC_SIZE);
    bytes_append(out, text, length);
}

const struct dialect mqtt_dialect = {
    .name = "mqtt",
    .greet = greet,
    .take = take,
    .say = say,
};
