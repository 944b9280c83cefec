/*
 * Requests: C connections, each with at most <window> requests under way, each answered.
 * Latency is from the sending of a request until its answer.
 */
#include <stdlib.h>

#include "dialect.h"
#include "fail.h"
#include "latencies.h"
#include "process.h"
#include "program.h"
#include "texts.h"

/* More requests than any window lets be under way on one connection, a power of two. */
enum { UNDER_WAY = 1 << 10 };
static const double STALL_PATIENCE = 15;

/* What one connection has asked; its answers are counted in the connection. */
struct asked {
    uint64_t count;
    /* By the request's number modulo UNDER_WAY. */
    double at[UNDER_WAY];
};

static struct program program;
static struct connection *all;
static struct asked *asked;
static uint64_t sent, answered;
static bool measuring;

void on_ready(struct connection *connection) {
    (void)connection;
    program_counted_ready();
}

void on_delivery(struct connection *connection, const char *text, size_t length) {
    (void)connection, (void)text, (void)length;
}

void on_answer(struct connection *connection) {
    uint64_t number = connection->count++;
    const struct asked *mine = &asked[connection->index];
    if (number >= mine->count) fail("connection %d got more answers than asked", connection->index);
    answered++;
    if (measuring) latencies_add(now() - mine->at[number % UNDER_WAY]);
}

static void ask(struct connection *connection, unsigned window) {
    static struct bytes words;
    words.length = 0;
    struct asked *mine = &asked[connection->index];
    double time = now();
    for (; mine->count - connection->count < window; mine->count++, sent++) {
        mine->at[mine->count % UNDER_WAY] = time;
        program.dialect->say(&words, connection, mine->count, text_numbered(sent));
    }
    if (words.length > 0) connection_send(connection, words.data, words.length);
}

/* Keeps every window full for a while; 0 lets what is under way be answered. */
static void flow(unsigned window, double seconds) {
    double end = now() + seconds, progress = now();
    for (uint64_t before = answered; window > 0 ? now() < end : answered < sent;) {
        for (unsigned i = 0; i < program.connections; i++) ask(&all[i], window);
        connections_wait(5);
        if (answered > before) progress = now();
        else if (now() - progress > STALL_PATIENCE) fail("a request was not answered");
        before = answered;
    }
}

static void perform(const struct run *run) {
    if (run->window == 0 || run->window >= UNDER_WAY) fail("no window of %u", run->window);
    uint64_t first = answered;
    flow(run->window, run->warmup);
    struct meter meter = {.messages = answered};
    meter_start(&meter, &program);
    measuring = true;
    flow(run->window, run->seconds);
    measuring = false;
    meter.messages = answered - meter.messages;
    meter_stop(&meter, &program);
    flow(0, 0);
    meter.whole = answered - first;
    meter_print(&meter, run);
}

int main(int argc, char **argv) {
    program = program_options(argc, argv);
    all = calloc(program.connections, sizeof *all);
    asked = calloc(program.connections, sizeof *asked);
    for (unsigned i = 0; i < program.connections; i++) {
        all[i].index = (int)i;
        all[i].dialect = program.dialect;
        all[i].token = program_token(&program, i);
    }
    program_open(&program, all, program.connections, NULL);
    program_serve(perform);
    return 0;
}
