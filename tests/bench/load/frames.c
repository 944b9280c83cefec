#include "frames.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

enum { HEADER = 4 };

void frame_append(struct bytes *out, const char *body, size_t length) {
    uint32_t header = htonl((uint32_t)length);
    bytes_append(out, &header, HEADER);
    bytes_append(out, body, length);
}

void frame_send(struct connection *connection, const char *body, size_t length) {
    struct bytes frame = {0};
    frame_append(&frame, body, length);
    connection_send(connection, frame.data, frame.length);
    free(frame.data);
}

size_t frames_take(struct connection *connection, const char *bytes, size_t length,
                   void (*heard)(struct connection *connection, const char *body, size_t length)) {
    size_t taken = 0;
    while (length - taken >= HEADER) {
        uint32_t header;
        memcpy(&header, bytes + taken, HEADER);
        size_t body = ntohl(header);
        if (length - taken - HEADER < body) break;
        heard(connection, bytes + taken + HEADER, body);
        taken += HEADER + body;
    }
    return taken;
}
