/* What a program asks the bench driver: its property set, whose two properties each run one
 * measurement inside the driver and answer with the time that it took. */
#ifndef BENCH_REQUEST_H
#define BENCH_REQUEST_H

/* {A5C1E0B7-3B6D-4F0E-8A52-71D6C9F4E380} */
#define STATIC_BENCH_PROPSETID                                                                     \
    0xa5c1e0b7, 0x3b6d, 0x4f0e, 0x8a, 0x52, 0x71, 0xd6, 0xc9, 0xf4, 0xe3, 0x80

/* Filters of the device, in this order. */
enum { BENCH_SOURCE, BENCH_PASS, BENCH_RENDERER, BENCH_VENDOR, BENCH_FILTERS };
/* Pins: source and renderers have pin 0; a pass-through takes in at 0 and gives out at 1. */
enum { BENCH_PIN_IN, BENCH_PIN_OUT };

enum {
    BENCH_PROPERTY_ALLOCATOR, /* get, on a renderer's pin in STOP; BENCH_REQUEST, BENCH_RESULT */
    BENCH_PROPERTY_CIRCUIT    /* get, on the source's pin in RUN; the same */
};

enum { BENCH_POOL_FRAMES = 8, BENCH_FRAME_BYTES = 1920 * 1080 * 3 / 2 /* NV12 1080p */ };

enum bench_scene {
    BENCH_ONE_THREAD,  /* allocate, free, allocate, free ... */
    BENCH_TWO_THREADS, /* two such threads on one allocator */
    BENCH_ACROSS,      /* one thread allocates, another one frees */
    BENCH_HAND_OFF,    /* a waiting thread gets the frame that another one frees */
    BENCH_SCENES
};

/* Behind the KSPROPERTY of a request. */
typedef struct _BENCH_REQUEST {
    unsigned int Scene; /* enum bench_scene; a circuit ignores it */
    unsigned int Reserved;
    unsigned long long Operations; /* of all threads together */
} BENCH_REQUEST;

typedef struct _BENCH_RESULT {
    unsigned long long Operations; /* done */
    unsigned long long Nanoseconds;
} BENCH_RESULT;

#endif
