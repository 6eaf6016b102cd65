/* A fuzz target: one function that takes bytes and must come back, whatever they are.
 *
 * It is called by libFuzzer in the preset `fuzz`, and elsewhere by replay.c, which knows nothing of
 * coverage. Interface:
 *  - a target aborts (FUZZ_CHECK, a sanitizer, a bug check) when weir did something wrong, and
 *    returns 0 otherwise
 *  - what is allocated for one input is freed before the target returns
 *  - the bytes are taken from the front by fuzz_take; when there are no more, they are zeros
 * Freestanding, so that targets of both worlds may include it. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

#define FUZZ_CHECK(condition)                                                                      \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

struct fuzz_input {
    const uint8_t *at;
    size_t left;
};

static inline void fuzz_take(struct fuzz_input *input, void *to, size_t bytes)
{
    size_t taken = bytes < input->left ? bytes : input->left;

    memset(to, 0, bytes);
    if (taken)
        memcpy(to, input->at, taken);
    input->at += taken;
    input->left -= taken;
}

static inline uint8_t fuzz_byte(struct fuzz_input *input)
{
    uint8_t byte;

    fuzz_take(input, &byte, 1);
    return byte;
}

static inline uint16_t fuzz_word(struct fuzz_input *input)
{
    uint16_t word;

    fuzz_take(input, &word, 2);
    return word;
}

#endif
