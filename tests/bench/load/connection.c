#include "connection.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dialect.h"
#include "fail.h"

enum { READ_SIZE = 1 << 20, EVENTS = 512, SEND_PATIENCE_MS = 10000 };

static int poller = -1;
/* Shared by all connections: each reading begins with the rest of the one before. */
static struct bytes input;

static void watch(int fd, void *owner) {
    if (poller < 0) poller = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = owner};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event) != 0) fail("epoll: %s", strerror(errno));
}

void connections_watch_stdin(void) { watch(STDIN_FILENO, NULL); }

void connection_open(struct connection *connection, int port) {
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    connection->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connection->fd < 0) fail("socket: %s", strerror(errno));
    int on = 1;
    setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(connection->fd, (struct sockaddr *)&address, sizeof address) != 0) {
        fail("connect: %s", strerror(errno));
    }
    watch(connection->fd, connection);
    connection->dialect->greet(connection);
}

void connection_send(struct connection *connection, const void *data, size_t length) {
    for (const char *at = data; length > 0;) {
        ssize_t sent = send(connection->fd, at, length, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent >= 0) {
            at += sent;
            length -= (size_t)sent;
        } else if (errno == EAGAIN) {
            struct pollfd wait = {.fd = connection->fd, .events = POLLOUT};
            if (poll(&wait, 1, SEND_PATIENCE_MS) == 0) fail("the server does not read");
        } else if (errno != EINTR) {
            fail("send: %s", strerror(errno));
        }
    }
}

static void receive(struct connection *connection) {
    struct bytes *rest = &connection->rest;
    input.length = 0;
    bytes_append(&input, rest->data, rest->length);
    char *target = bytes_reserve(&input, READ_SIZE);
    ssize_t got = recv(connection->fd, target, READ_SIZE, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got < 0) fail("receive: %s", strerror(errno));
    if (got == 0) fail("the server closed connection %d", connection->index);
    input.length += (size_t)got;
    size_t taken = connection->dialect->take(connection, input.data, input.length);
    rest->length = 0;
    bytes_append(rest, input.data + taken, input.length - taken);
}

bool connections_wait(int timeout) {
    struct epoll_event events[EVENTS];
    int count = epoll_wait(poller, events, EVENTS, timeout);
    bool commanded = false;
    for (int i = 0; i < count; i++) {
        if (events[i].data.ptr == NULL) commanded = true;
        else receive(events[i].data.ptr);
    }
    return commanded;
}
