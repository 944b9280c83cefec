#include "texts.h"

#include <string.h>

enum { VARIANTS = 1024 };

static const char *const WORDS[] = {
    "again",   "answer",  "autumn",  "before", "bridge",  "candle",  "carry",   "cloud",
    "coffee",  "corner",  "dinner",  "door",   "early",   "evening", "everyone", "field",
    "finally", "forest",  "friend",  "garden", "ginger",  "harbour", "hello",   "house",
    "island",  "journey", "kitchen", "ladder", "lantern", "letter",  "little",  "maybe",
    "meeting", "message", "minute",  "morning", "music",  "never",   "night",   "nothing",
    "orange",  "paper",   "people",  "picture", "please", "quiet",   "rain",    "reading",
    "river",   "room",    "second",  "silver", "somebody", "station", "story",  "summer",
    "table",   "thanks",  "tomorrow", "train", "under",   "window",  "winter",  "yesterday",
};
enum { WORD_COUNT = sizeof WORDS / sizeof *WORDS };

/* Any numbers will do as long as they are the same in every run. */
static uint32_t next_random(void) {
    static uint32_t state = 12345;
    state = state * 1664525 + 1013904223;
    return state >> 8;
}

static void fill(char *text) {
    size_t length = NUMBER_DIGITS;
    while (length < TEXT_BYTES) {
        const char *word = WORDS[next_random() % WORD_COUNT];
        size_t size = strlen(word);
        text[length++] = ' ';
        if (size > TEXT_BYTES - length) size = TEXT_BYTES - length;
        memcpy(text + length, word, size);
        length += size;
    }
    text[TEXT_BYTES] = '\0';
}

const char *text_numbered(uint64_t number) {
    static char texts[VARIANTS][TEXT_BYTES + 1];
    char *text = texts[number % VARIANTS];
    if (text[TEXT_BYTES - 1] == '\0') fill(text);
    for (int i = NUMBER_DIGITS - 1; i >= 0; i--, number /= 10) text[i] = (char)('0' + number % 10);
    return text;
}
