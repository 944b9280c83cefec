/* What is said: texts of words, each with its number in front. */
#ifndef TEXTS_H
#define TEXTS_H

#include <stdint.h>

enum { TEXT_BYTES = 120, NUMBER_DIGITS = 10 };

/* The text with this number, TEXT_BYTES long, valid until the next call. */
const char *text_numbered(uint64_t number);

#endif
