/* Connections to a server on 127.0.0.1, and the wait for what they receive. */
#ifndef CONNECTION_H
#define CONNECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bytes.h"

struct dialect;

struct connection {
    int fd;
    /* 0, 1, 2, ... in the order of opening. */
    int index;
    const struct dialect *dialect;
    /* Who it signs in as; NULL where nobody has to. */
    const char *token;
    /* False for one that only says something. */
    bool receives;
    /* Where its dialect stands; 0 at first. */
    int stage;
    /* Deliveries, or answers, so far. */
    uint64_t count;
    /* The beginning of a message whose end has not come yet. */
    struct bytes rest;
};

/* What the dialects report; each program defines these. */
void on_ready(struct connection *connection);
/* A message for a receiver; `text` begins somewhere before the text that was said. */
void on_delivery(struct connection *connection, const char *text, size_t length);
/* The server has accepted something that this connection said. */
void on_answer(struct connection *connection);

/* Connects and greets; `port` on 127.0.0.1. */
void connection_open(struct connection *connection, int port);

/* Sends all of it. */
void connection_send(struct connection *connection, const void *data, size_t length);

/*
 * Waits up to `timeout` milliseconds and handles what has come on any connection. True when there
 * is something to read on stdin as well.
 */
bool connections_wait(int timeout);

/* Lets connections_wait look at stdin too. */
void connections_watch_stdin(void);

#endif
