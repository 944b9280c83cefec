/*
 * The floor: the least that a broadcaster can do. One thread, epoll, no authentication, no history,
 * no parsing but for where messages end: whatever whole ones one reading brings from a client go, in
 * one writing each, to all other clients.
 *
 * Usage: floor PORT lines|frames. Lines: a client's first one comes back to it and goes to nobody
 * else. Frames, of four bytes of length and the body: a client's first one, its name, goes nowhere.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { READ_SIZE = 1 << 18, EVENTS = 256, MOST_WAITING = 16 << 20 };

struct client {
    int fd;
    /* Its place in `clients`. */
    size_t place;
    /* A message that is not whole yet. */
    char partial[4096];
    size_t partial_length;
    /* What the kernel would not take, between these two. */
    char *waiting;
    size_t waiting_start, waiting_end, waiting_capacity;
    bool joined;
};

/* Bytes of the whole messages that `bytes` begins with. */
static size_t (*whole_of)(const char *bytes, size_t length);
static bool answers_first;
static int poller;
static struct client **clients;
static size_t client_count, client_capacity;

static void watch(int operation, int fd, uint32_t events, void *owner) {
    struct epoll_event event = {.events = events, .data.ptr = owner};
    epoll_ctl(poller, operation, fd, &event);
}

static void leave(struct client *client) {
    clients[client->place] = clients[--client_count];
    clients[client->place]->place = client->place;
    close(client->fd);
    free(client->waiting);
    free(client);
}

static void keep_waiting(struct client *client, const char *bytes, size_t length) {
    if (client->waiting_end == client->waiting_start) {
        client->waiting_start = client->waiting_end = 0;
        watch(EPOLL_CTL_MOD, client->fd, EPOLLIN | EPOLLOUT, client);
    }
    if (client->waiting_end + length > client->waiting_capacity) {
        client->waiting_capacity = (client->waiting_end + length) * 2;
        client->waiting = realloc(client->waiting, client->waiting_capacity);
    }
    memcpy(client->waiting + client->waiting_end, bytes, length);
    client->waiting_end += length;
}

static void write_to(struct client *client, const char *bytes, size_t length) {
    if (client->waiting_end > client->waiting_start) {
        if (client->waiting_end - client->waiting_start < MOST_WAITING) {
            keep_waiting(client, bytes, length);
        }
        return;
    }
    ssize_t written = send(client->fd, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT);
    size_t done = written < 0 ? 0 : (size_t)written;
    if (done < length) keep_waiting(client, bytes + done, length - done);
}

static void drain(struct client *client) {
    size_t length = client->waiting_end - client->waiting_start;
    const char *bytes = client->waiting + client->waiting_start;
    ssize_t written = send(client->fd, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (written > 0) client->waiting_start += (size_t)written;
    if (client->waiting_start == client->waiting_end) {
        watch(EPOLL_CTL_MOD, client->fd, EPOLLIN, client);
    }
}

static size_t whole_lines(const char *bytes, size_t length) {
    const char *last = memrchr(bytes, '\n', length);
    return last == NULL ? 0 : (size_t)(last - bytes) + 1;
}

static size_t whole_frames(const char *bytes, size_t length) {
    for (size_t whole = 0;;) {
        uint32_t header;
        if (length - whole < sizeof header) return whole;
        memcpy(&header, bytes + whole, sizeof header);
        size_t next = sizeof header + ntohl(header);
        if (length - whole < next) return whole;
        whole += next;
    }
}

/* Where the first message ends, of one or more whole ones. */
static size_t first_of(const char *bytes, size_t length) {
    size_t end = 1;
    while (end < length && whole_of(bytes, end) == 0) end++;
    return end;
}

static void receive(struct client *from) {
    static char bytes[sizeof from->partial + READ_SIZE];
    memcpy(bytes, from->partial, from->partial_length);
    ssize_t got = recv(from->fd, bytes + from->partial_length, READ_SIZE, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) return leave(from);
    size_t length = from->partial_length + (size_t)got;
    size_t whole = whole_of(bytes, length), start = 0;
    from->partial_length = length - whole;
    if (from->partial_length > sizeof from->partial) return leave(from);
    memcpy(from->partial, bytes + whole, from->partial_length);
    if (whole == 0) return;
    if (!from->joined) {
        from->joined = true;
        start = first_of(bytes, whole);
        if (answers_first) write_to(from, bytes, start);
        if (start == whole) return;
    }
    for (size_t i = 0; i < client_count; i++) {
        if (clients[i] != from) write_to(clients[i], bytes + start, whole - start);
    }
}

static void welcome(int listener) {
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
    if (fd < 0) return;
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (client_count == client_capacity) {
        client_capacity = client_capacity * 2 + 64;
        clients = realloc(clients, client_capacity * sizeof *clients);
    }
    struct client *client = calloc(1, sizeof *client);
    client->fd = fd;
    client->place = client_count;
    clients[client_count++] = client;
    watch(EPOLL_CTL_ADD, fd, EPOLLIN, client);
}

static int listen_on(int port) {
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(listener, 1024) != 0) {
        perror("floor");
        exit(1);
    }
    return listener;
}

int main(int argc, char **argv) {
    if (argc != 3) return fprintf(stderr, "usage: floor PORT lines|frames\n"), 2;
    answers_first = strcmp(argv[2], "lines") == 0;
    whole_of = answers_first ? whole_lines : whole_frames;
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    poller = epoll_create1(0);
    int listener = listen_on(atoi(argv[1]));
    watch(EPOLL_CTL_ADD, listener, EPOLLIN, NULL);
    for (;;) {
        struct epoll_event events[EVENTS];
        int count = epoll_wait(poller, events, EVENTS, -1);
        for (int i = 0; i < count; i++) {
            struct client *client = events[i].data.ptr;
            if (client == NULL) welcome(listener);
            else if (events[i].events & EPOLLOUT) drain(client);
            else receive(client);
        }
    }
}
