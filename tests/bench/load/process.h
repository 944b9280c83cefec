/* Time, and the processor time that processes have used. Seconds everywhere. */
#ifndef PROCESS_H
#define PROCESS_H

#include <sys/types.h>

/* Monotonic. */
double now(void);

/* User and system time of a process, all its threads together; steps of 10 ms. */
double cpu_of(pid_t pid);

/* Of it, what the process's first thread has used. */
double thread_cpu_of(pid_t pid);

/* The same of this process, exact. */
double own_cpu(void);

/* As many open files as this process may have. */
void raise_file_limit(void);

#endif
