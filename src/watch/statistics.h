/* Statistics: a listener that counts, for the whole machine and for each pin, filter and allocator.
 *
 * Lock: inside. Interface:
 *  - statistics_start before the machine starts, statistics_stop after it ended; the numbers stay
 * readable between
 *  - objects appear by number, as in the trace; an object beyond STATISTICS_OBJECTS_MAX is counted
 * in the machine only, and `objects_lost` says so Invariant: per pin arrived == queued + completed
 * + cancelled, of the frames that arrived since the start. */
#ifndef WEIR_WATCH_STATISTICS_H
#define WEIR_WATCH_STATISTICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { STATISTICS_OBJECTS_MAX = 512, STATISTICS_NAME_BYTES = 48 };

enum statistics_what {
    STATISTICS_PIN = 1,
    STATISTICS_FILTER,
    STATISTICS_ALLOCATOR,
    STATISTICS_OTHER, /* a filter or pin that was made before the listener came */
};

/* Frames and processing: of one pin or filter, or of the machine. */
struct statistics_frames {
    uint64_t arrived, completed, cancelled;
    uint64_t dropped; /* as the driver told by its drop counts */
    uint64_t queued, queued_max;
    uint64_t locks, clones, clones_now, clones_max;
    uint64_t processed; /* calls of Process that returned */
    uint64_t skipped;   /* attempts that found a reason not to */
    uint64_t process_total_100ns, process_max_100ns;
};

struct statistics_object {
    uint64_t object;
    enum statistics_what what;
    unsigned pin_id; /* a pin: its id in the filter */
    bool closed;
    char name[STATISTICS_NAME_BYTES];
    struct statistics_frames frames;
    uint64_t out, out_max;               /* an allocator: frames out */
    uint64_t allocated, freed;           /* an allocator */
    uint64_t frames_agreed, frame_bytes; /* an allocator */
    int64_t state;                       /* a pin: KSSTATE; -1 not told yet */
};

struct statistics_machine {
    struct statistics_frames frames;
    uint64_t irps_called, irps_pending, irps_cancelled, irps_completed;
    uint64_t dpcs, interrupts, interrupts_claimed, timers, work_items;
    uint64_t waits, spins_contended;
    uint64_t threads_now, threads_max;
    uint64_t handles_opened, handles_closed;
    uint64_t pool_bytes, pool_bytes_max, pool_blocks;
    uint64_t allocator_frames_out, allocator_frames_out_max;
    uint64_t debug_prints, bug_checks;
    uint64_t events;
    uint64_t objects_lost;
    uint64_t first_100ns, last_100ns; /* of the events seen */
};

struct statistics;

bool statistics_start(struct statistics **statistics);
void statistics_stop(struct statistics *statistics); /* NULL is fine */
void statistics_read(struct statistics *statistics, struct statistics_machine *machine);
/** The index-th object, in the order of appearance. @return false: there are fewer */
bool statistics_object_at(struct statistics *statistics, size_t index,
                          struct statistics_object *object);
/** By number. @return false: not known */
bool statistics_object_of(struct statistics *statistics, uint64_t number,
                          struct statistics_object *object);

#endif
