/* A host to test: started with upcalls that the case gives, or with ones that record nothing. */
#ifndef HOST_SCENE_H
#define HOST_SCENE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/host.h"
#include "weir_test.h"

static void (*scene_on_interrupt)(unsigned processor, unsigned irql);
static void (*scene_on_clock)(void);
static enum host_stuck scene_stuck;
static char scene_sentence[1024];
static bool scene_was_stuck;

static void scene_interrupt(unsigned processor, unsigned irql)
{
    if (scene_on_interrupt)
        scene_on_interrupt(processor, irql);
}

static void scene_clock(void)
{
    if (scene_on_clock)
        scene_on_clock();
}

static void scene_report(enum host_stuck what, struct host_context *culprit, const char *sentence)
{
    (void)culprit;
    scene_was_stuck = true;
    scene_stuck = what;
    snprintf(scene_sentence, sizeof scene_sentence, "%s", sentence);
    if (!host_simulated) {
        fprintf(stderr, "%s\n", sentence);
    }
    host_freeze();
}

static inline struct host_config scene_config(void)
{
    struct host_config config = {
        .kind = weir_test_simulated ? HOST_SIM : HOST_LIVE,
        .seed = weir_test_seed,
        .processors = 2,
        .upcalls = {.interrupt = scene_interrupt, .clock = scene_clock, .stuck = scene_report},
    };
    return config;
}

static inline void scene_start_with(const struct host_config *config)
{
    char error[HOST_ERROR_BYTES];

    if (!host_start(config, error)) {
        fprintf(stderr, "host_start: %s\n", error);
        exit(1);
    }
}

static inline void scene_start(void)
{
    struct host_config config = scene_config();

    scene_start_with(&config);
}

#endif
