/*
 * The least that durable appends with group commit are: write the lines of all writers, sync, and
 * only then the next ones. Usage: raw append|ahead FILE LINE-BYTES
 *
 * `append` lets the file grow with each write; `ahead` writes in place into space that was filled
 * and synced before, so that a sync has no file length to store.
 *
 * Prints and reads what load/program.h says; the window is the number of writers.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../load/fail.h"
#include "../load/latencies.h"
#include "../load/process.h"

enum { FILL = 4 << 20 };

static int file;
static bool ahead;
static off_t position, filled;
static char *lines;

static void write_all(const char *bytes, size_t length, off_t at) {
    while (length > 0) {
        ssize_t written = pwrite(file, bytes, length, at);
        if (written < 0) fail("write: %s", strerror(errno));
        bytes += written;
        at += written;
        length -= (size_t)written;
    }
}

static void sync_data(void) {
    if (fdatasync(file) != 0) fail("fdatasync: %s", strerror(errno));
}

static void fill_ahead(size_t length) {
    static char blank[FILL];
    if (blank[0] == '\0') memset(blank, '\n', sizeof blank);
    if (position + (off_t)length <= filled) return;
    while (position + (off_t)length > filled) {
        write_all(blank, sizeof blank, filled);
        filled += FILL;
    }
    sync_data();
}

static void commit(size_t length) {
    if (ahead) fill_ahead(length);
    write_all(lines, length, position);
    sync_data();
    position += (off_t)length;
}

static void perform(unsigned writers, double warmup, double seconds, size_t line) {
    size_t length = writers * line;
    lines = realloc(lines, length);
    memset(lines, 'a', length);
    for (size_t end = line; end <= length; end += line) lines[end - 1] = '\n';
    unsigned long whole = 0, messages = 0;
    double begin = now() + warmup, end = begin + seconds, cpu = 0;
    latencies_clear();
    for (double asked = now(); asked < end;) {
        if (asked < begin) cpu = own_cpu();
        commit(length);
        whole += writers;
        double done = now();
        if (asked >= begin && done < end) {
            messages += writers;
            latencies_add(done - asked);
        }
        asked = done;
    }
    cpu = own_cpu() - cpu;
    printf("{\"window\":%u,\"seconds\":%.4f,\"messages\":%lu,\"deliveries\":%lu,\"whole\":%lu,"
           "\"p50\":%.4f,\"p99\":%.4f,\"max\":%.4f,\"serverCpu\":%.3f,\"ownCpu\":%.3f}\n",
           writers, seconds, messages, messages, whole, latencies_quantile(0.5),
           latencies_quantile(0.99), latencies_quantile(1), cpu, cpu);
    fflush(stdout);
}

int main(int argc, char **argv) {
    if (argc != 4) return fprintf(stderr, "usage: raw append|ahead FILE LINE-BYTES\n"), 2;
    ahead = strcmp(argv[1], "ahead") == 0;
    size_t line = strtoul(argv[3], NULL, 10);
    file = open(argv[2], O_WRONLY | O_CREAT, 0600);
    if (file < 0) fail("%s: %s", argv[2], strerror(errno));
    printf("{\"ready\":1}\n");
    fflush(stdout);
    char command[256];
    while (fgets(command, sizeof command, stdin) != NULL) {
        unsigned writers;
        double warmup, seconds;
        if (sscanf(command, "run %u %lf %lf", &writers, &warmup, &seconds) != 3) {
            fail("what is %s", command);
        }
        perform(writers, warmup, seconds, line);
    }
    return 0;
}
