/* Latencies of one run. */
#ifndef LATENCIES_H
#define LATENCIES_H

#include <stddef.h>

/* Forgets those of the run before. */
void latencies_clear(void);

/* One more, in seconds. */
void latencies_add(double seconds);

/* The latency, in milliseconds, that `share` of all do not exceed; 0 when there are none. */
double latencies_quantile(double share);

#endif
