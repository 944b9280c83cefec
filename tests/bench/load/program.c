#include "program.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dialect.h"
#include "fail.h"
#include "latencies.h"
#include "process.h"

/* Connections that are opened and not ready yet. */
enum { OPENING = 64 };
static const double OPEN_PATIENCE = 120, CALL_EVERY = 0.1;

static unsigned ready;

static void read_tokens(struct program *program, const char *path) {
    FILE *file = fopen(path, "r");
    if (file == NULL) fail("%s: %s", path, strerror(errno));
    char line[4096];
    while (fgets(line, sizeof line, file) != NULL) {
        line[strcspn(line, "\r\n")] = '\0';
        if (line[0] == '\0') continue;
        size_t size = (program->token_count + 1) * sizeof *program->tokens;
        program->tokens = realloc(program->tokens, size);
        program->tokens[program->token_count++] = strdup(line);
    }
    fclose(file);
}

struct program program_options(int argc, char **argv) {
    static const struct option options[] = {
        {"dialect", required_argument, NULL, 'd'},     {"port", required_argument, NULL, 'p'},
        {"pid", required_argument, NULL, 'i'},         {"connections", required_argument, NULL, 'c'},
        {"tokens", required_argument, NULL, 't'},      {0},
    };
    struct program program = {0};
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) > 0;) {
        if (option == 'd') program.dialect = dialect_named(optarg);
        else if (option == 'p') program.port = atoi(optarg);
        else if (option == 'i') program.pid = atoi(optarg);
        else if (option == 'c') program.connections = (unsigned)atoi(optarg);
        else if (option == 't') read_tokens(&program, optarg);
        else exit(2);
    }
    if (program.dialect == NULL || program.port == 0 || program.pid == 0 ||
        program.connections == 0) {
        fail("--dialect, --port, --pid and --connections are needed");
    }
    return program;
}

const char *program_token(const struct program *program, unsigned index) {
    return program->token_count == 0 ? NULL : program->tokens[index % program->token_count];
}

void program_counted_ready(void) { ready++; }

void program_open(const struct program *program, struct connection *connections, unsigned count,
                  struct connection *caller) {
    raise_file_limit();
    signal(SIGPIPE, SIG_IGN);
    unsigned before = ready;
    double started = now(), called = started;
    for (unsigned opened = 0; ready - before < count;) {
        while (opened < count && opened - (ready - before) < OPENING) {
            connection_open(&connections[opened++], program->port);
        }
        if (caller != NULL && program->dialect->call != NULL && now() - called > CALL_EVERY) {
            program->dialect->call(caller);
            called = now();
        }
        connections_wait(10);
        if (now() - started > OPEN_PATIENCE) fail("only %u of %u are ready", ready - before, count);
    }
}

/* Reads what is on stdin; false at its end. */
static bool read_commands(struct bytes *line, void (*perform)(const struct run *run)) {
    ssize_t got = read(STDIN_FILENO, bytes_reserve(line, 256), 256);
    if (got <= 0) return false;
    line->length += (size_t)got;
    for (char *end; (end = memchr(line->data, '\n', line->length)) != NULL;) {
        struct run run;
        *end = '\0';
        const char *form = "run %u %lf %lf";
        if (sscanf(line->data, form, &run.window, &run.warmup, &run.seconds) != 3) {
            fail("what is %s", line->data);
        }
        perform(&run);
        size_t used = (size_t)(end - line->data) + 1;
        line->length -= used;
        memmove(line->data, end + 1, line->length);
    }
    return true;
}

void program_serve(void (*perform)(const struct run *run)) {
    struct bytes line = {0};
    printf("{\"ready\":%u}\n", ready);
    fflush(stdout);
    connections_watch_stdin();
    for (;;) {
        if (connections_wait(-1) && !read_commands(&line, perform)) return;
    }
}

void meter_start(struct meter *meter, const struct program *program) {
    latencies_clear();
    meter->server_cpu = cpu_of(program->pid);
    meter->thread_cpu = thread_cpu_of(program->pid);
    meter->own_cpu = own_cpu();
    meter->started = now();
}

void meter_stop(struct meter *meter, const struct program *program) {
    meter->started = now() - meter->started;
    meter->own_cpu = own_cpu() - meter->own_cpu;
    meter->server_cpu = cpu_of(program->pid) - meter->server_cpu;
    meter->thread_cpu = thread_cpu_of(program->pid) - meter->thread_cpu;
}

void meter_print(const struct meter *meter, const struct run *run) {
    printf("{\"window\":%u,\"seconds\":%.4f,\"messages\":%lu,\"deliveries\":%lu,\"whole\":%lu,"
           "\"p50\":%.4f,\"p99\":%.4f,\"max\":%.4f,\"serverCpu\":%.3f,\"threadCpu\":%.3f,"
           "\"ownCpu\":%.3f}\n",
           run->window, meter->started, meter->messages, meter->deliveries, meter->whole,
           latencies_quantile(0.5), latencies_quantile(0.99), latencies_quantile(1),
           meter->server_cpu, meter->thread_cpu, meter->own_cpu);
    fflush(stdout);
}
