/*
 * Fan-out: one publisher, N receivers, a window.
 *
 * A message is done when all N receivers have it. At most <window> messages are under way; each one
 * that is done lets the publisher say another. New ones are sent after each look at the network,
 * together. The same for every server. Latency is from the sending of a message until it is done.
 */
#include <stdlib.h>
#include <string.h>

#include "dialect.h"
#include "fail.h"
#include "latencies.h"
#include "process.h"
#include "program.h"
#include "texts.h"

/* More messages than any window lets be under way, a power of two. */
enum { UNDER_WAY = 1 << 16 };
static const double STALL_PATIENCE = 15;

static struct program program;
static struct connection *publisher;
static uint64_t sent, done, delivered;
/* By the message's number modulo UNDER_WAY. */
static uint32_t received[UNDER_WAY];
static double sent_at[UNDER_WAY];
static bool measuring;

void on_ready(struct connection *connection) {
    (void)connection;
    program_counted_ready();
}

void on_answer(struct connection *connection) { (void)connection; }

/* Order and content, looked at for one receiver: for all of them it would cost too much. */
static void check(const char *text, size_t length, uint64_t number) {
    const char *wanted = text_numbered(number);
    if (memmem(text, length, wanted, TEXT_BYTES) == NULL) {
        fail("message %llu came out of order or damaged", (unsigned long long)number);
    }
}

void on_delivery(struct connection *connection, const char *text, size_t length) {
    if (!connection->receives) return;
    uint64_t number = connection->count++;
    if (number >= sent) fail("receiver %d got more than was sent", connection->index);
    if (connection->index == 0) check(text, length, number);
    delivered++;
    if (++received[number % UNDER_WAY] < program.connections) return;
    received[number % UNDER_WAY] = 0;
    done++;
    if (measuring) latencies_add(now() - sent_at[number % UNDER_WAY]);
}

static void publish(unsigned window) {
    static struct bytes words;
    words.length = 0;
    double time = now();
    for (; sent - done < window; sent++) {
        sent_at[sent % UNDER_WAY] = time;
        program.dialect->say(&words, publisher, sent, text_numbered(sent));
    }
    if (words.length > 0) connection_send(publisher, words.data, words.length);
}

/* Keeps the window full for a while; 0 lets what is under way arrive. */
static void flow(unsigned window, double seconds) {
    double end = now() + seconds, progress = now();
    for (uint64_t before = done; window > 0 ? now() < end : done < sent;) {
        publish(window);
        connections_wait(5);
        if (done > before) progress = now();
        else if (now() - progress > STALL_PATIENCE) fail("a message did not reach everybody");
        before = done;
    }
}

static void perform(const struct run *run) {
    if (run->window == 0 || run->window >= UNDER_WAY) fail("no window of %u", run->window);
    uint64_t first = done;
    flow(run->window, run->warmup);
    struct meter meter = {.messages = done, .deliveries = delivered};
    meter_start(&meter, &program);
    measuring = true;
    flow(run->window, run->seconds);
    measuring = false;
    meter.messages = done - meter.messages;
    meter.deliveries = delivered - meter.deliveries;
    meter_stop(&meter, &program);
    flow(0, 0);
    meter.whole = done - first;
    meter_print(&meter, run);
}

int main(int argc, char **argv) {
    program = program_options(argc, argv);
    struct connection *all = calloc(program.connections + 1, sizeof *all);
    for (unsigned i = 0; i <= program.connections; i++) {
        all[i].index = (int)i;
        all[i].dialect = program.dialect;
        all[i].token = program_token(&program, i);
        all[i].receives = i < program.connections;
    }
    publisher = &all[program.connections];
    program_open(&program, publisher, 1, NULL);
    program_open(&program, all, program.connections, publisher);
    program_serve(perform);
    return 0;
}
