#include "latencies.h"

#include <stdbool.h>
#include <stdlib.h>

#include "bytes.h"

static struct bytes store;
static bool sorted;

void latencies_clear(void) { store.length = 0; }

void latencies_add(double seconds) {
    sorted = false;
    bytes_append(&store, &seconds, sizeof seconds);
}

static int compare(const void *a, const void *b) {
    double left = *(const double *)a, right = *(const double *)b;
    return left < right ? -1 : left > right;
}

double latencies_quantile(double share) {
    size_t count = store.length / sizeof(double);
    if (count == 0) return 0;
    double *all = (double *)(void *)store.data;
    if (!sorted) qsort(all, count, sizeof *all, compare);
    sorted = true;
    size_t place = (size_t)(share * (double)count);
    return all[place < count ? place : count - 1] * 1e3;
}
