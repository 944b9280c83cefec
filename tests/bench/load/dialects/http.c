/* AloneChat's POST /send over a connection that is kept. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "../dialect.h"
#include "../fail.h"

static void greet(struct connection *connection) { on_ready(connection); }

static size_t body_size(const char *head, const char *end) {
    for (const char *line = head; line < end; line = (const char *)memchr(line, '\n', (size_t)(end - line)) + 1) {
        if (strncasecmp(line, "content-length:", 15) == 0) return strtoul(line + 15, NULL, 10);
    }
    fail("an answer has no content-length");
}

static size_t take(struct connection *connection, const char *bytes, size_t length) {
    size_t taken = 0;
    for (;;) {
        const char *head = bytes + taken;
        const char *end = memmem(head, length - taken, "\r\n\r\n", 4);
        if (end == NULL) return taken;
        if (!begins(head, (size_t)(end - head), "HTTP/1.1 200 ")) {
            fail("%.*s", (int)(length - taken), head);
        }
        size_t size = (size_t)(end - head) + 4 + body_size(head, end + 2);
        if (length - taken < size) return taken;
        taken += size;
        on_answer(connection);
    }
}

static void say(struct bytes *out, const struct connection *connection, uint64_t number,
                const char *text) {
    (void)number;
    static const char form[] = "{\"sender\":null,\"message\":\"%s\",\"target\":null}";
    bytes_format(out,
                 "POST /send HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\n"
                 "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
                 connection->token, sizeof form - 3 + strlen(text));
    bytes_format(out, form, text);
}

const struct dialect http_dialect = {
    .name = "http",
    .greet = greet,
    .take = take,
    .say = say,
};
