/* The one way in which these programs give up. */
#ifndef FAIL_H
#define FAIL_H

/* Prints {"error": ...} on stdout, for the program that reads the figures, and exits with 1. */
__attribute__((noreturn, format(printf, 1, 2))) void fail(const char *format, ...);

#endif
