/*
 * What the programs have in common: they open their connections, print {"ready": ...}, and then do
 * one run for each line `run <window> <warm-up> <seconds>` on stdin, whose figures they print as
 * one line of JSON. They end with stdin.
 */
#ifndef PROGRAM_H
#define PROGRAM_H

#include <sys/types.h>

#include "connection.h"

/* One run; times in seconds. */
struct run {
    unsigned window;
    double warmup;
    double seconds;
};

struct program {
    const struct dialect *dialect;
    int port;
    /* The server's process. */
    pid_t pid;
    /* How many connections of the kind that the program is about. */
    unsigned connections;
    /* Tokens to sign in with, used in turn; none where nobody signs in. */
    char **tokens;
    unsigned token_count;
};

/* Reads --dialect, --port, --pid, --connections and --tokens FILE. */
struct program program_options(int argc, char **argv);

/* The token for connection `index`, or NULL. */
const char *program_token(const struct program *program, unsigned index);

/*
 * Opens `count` connections, not too many at a time, until on_ready was called for each. Where the
 * dialect has to, `caller`, opened before, calls them until then; NULL where nobody can.
 */
void program_open(const struct program *program, struct connection *connections, unsigned count,
                  struct connection *caller);

/* To be called by on_ready. */
void program_counted_ready(void);

/* Says that everything is ready, and handles commands until stdin ends. */
void program_serve(void (*perform)(const struct run *run));

/* What a run used and did, from its begin to its end. */
struct meter {
    double started;
    double server_cpu;
    /* Of it, what the server's first thread used. */
    double thread_cpu;
    double own_cpu;
    unsigned long messages;
    unsigned long deliveries;
    /* Messages from the begin of the warm-up until nothing was under way any more. */
    unsigned long whole;
};

void meter_start(struct meter *meter, const struct program *program);

/* Turns the meter's starting values into differences. */
void meter_stop(struct meter *meter, const struct program *program);

/* Prints the figures of a run. */
void meter_print(const struct meter *meter, const struct run *run);

#endif
