/* The proof: random scenes of model filters on the simulated host, and the rules they must keep.
 *
 * A scene is a list of small numbers: a seed for the host's scheduler, a graph (filters, pipes,
 * allocators, flags) and steps. Every list of numbers is a scene: what does not apply is passed
 * over, so that a scene stays one when a part of it is taken away (shrink.c).
 * Interface:
 *  - scene_draw makes a scene from a seed; scene_hash names it without its scheduler's seed
 *  - scene_play plays it on a machine of its own and tells what it saw: the first rule that was
 * broken, frames that arrived, situations that were reached
 * Invariant: what happens in a scene follows from its numbers alone. Freestanding: the WDK world
 * (model, book, client, play) and the POSIX world (proof, shrink) share it. */
#ifndef WEIR_PROOF_H
#define WEIR_PROOF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FILTERS_MAX = 4, EDGES_MAX = 3, STEPS_MAX = 48, WHY_BYTES = 512 };

/* --- rules ----------------------------------------------------------------------------------- */

/* X(NAME, "name", "what must hold") */
#define PROOF_RULES(X)                                                                             \
    X(NONE, "none", "")                                                                            \
    X(INITIALIZE_LEVEL, "initialize-at-passive", "InitializeAllocator runs at PASSIVE_LEVEL")      \
    X(INITIALIZE_ONCE, "initialize-once", "one InitializeAllocator for each create")               \
    X(INITIALIZE_FRAMING, "initialize-framing", "with the framing that was agreed")                \
    X(INITIALIZE_FAILED, "nothing-after-failed-initialize",                                        \
      "after a failed InitializeAllocator nothing else is called, and the create fails")           \
    X(CALL_ORDER, "calls-in-order", "Allocate and Free only between Initialize and Delete")        \
    X(FRAMES_LIMIT, "frames-limit", "at most framing.Frames are out at once")                      \
    X(FREE_OTHER, "free-to-its-allocator", "a frame goes back to the allocator that gave it")      \
    X(FREE_TWICE, "free-once", "a frame is freed once")                                            \
    X(FREE_UNKNOWN, "free-what-was-given", "Free gets what Allocate gave")                         \
    X(DELETE_ONCE, "delete-once", "one DeleteAllocator for each successful Initialize")            \
    X(DELETE_MISSING, "delete-comes", "DeleteAllocator comes on every way down")                   \
    X(DELETE_FRAMES, "delete-after-last-frame", "no DeleteAllocator while a frame is out")         \
    X(DELETE_LEVEL, "delete-at-passive", "DeleteAllocator runs at PASSIVE_LEVEL")                  \
    X(DELETE_MUTEX, "delete-without-mutex", "no mutex is held in DeleteAllocator")                 \
    X(PIN_ALIVE, "pin-outlives-allocator", "a pin stays until its allocator is deleted")           \
    X(TOUCHED, "freed-is-not-touched", "the memory of a frame is left alone after Free")           \
    X(FRAME_OUT, "frame-is-out", "a pin sees only frames that are allocated")                      \
    X(FRAME_PIPE, "frame-of-its-pipe", "a pin sees only frames of its pipe's allocator")           \
    X(FRAME_ORDER, "frame-order", "each pin sees each frame once, in order")                       \
    X(FRAMES_CONSERVED, "frames-conserved", "every frame comes home")                              \
    X(STALL, "frames-flow", "frames that were made arrive")                                        \
    X(STATE_STEP, "state-steps", "a pin is told its states one step at a time")                    \
    X(ROLL_BACK, "roll-back", "a step that fails leaves nothing behind")                           \
    X(ALLOC_DONE, "alloc-completes", "every ALLOC request is completed")                           \
    X(REQUEST_DONE, "request-completes", "every stream request is completed")                      \
    X(REQUEST_WORKS, "request-works", "what nothing stands in the way of works")                   \
    X(LEAK, "leak", "nothing is left when the machine stops")                                      \
    X(BUG_CHECK, "bug-check", "no bug check")                                                      \
    X(CRASH, "crash", "no fault, no failed assertion")                                             \
    X(HANG, "hang", "the scene ends")

enum proof_rule {
#define X(name, word, text) RULE_##name,
    PROOF_RULES(X)
#undef X
        RULE_COUNT
};
extern const char *const proof_rule_names[RULE_COUNT];
extern const char *const proof_rule_texts[RULE_COUNT];

/* --- situations ------------------------------------------------------------------------------ */

#define PROOF_COVERS(X)                                                                            \
    X(DOWN_ORDERLY, "down: STOP, then close")                                                      \
    X(DOWN_DISCONNECT, "down: pins closed while they stream")                                      \
    X(DOWN_CONNECT, "down: a connect that failed halfway")                                         \
    X(DOWN_FORMAT, "down: a format that needs another framing")                                    \
    X(DOWN_SURPRISE, "down: surprise removal")                                                     \
    X(DOWN_DEATH, "down: the client dies")                                                         \
    X(DOWN_REASSIGN, "down: another allocator is assigned")                                        \
    X(CONNECT_SINK, "roll-back: the sink pin's create")                                            \
    X(CONNECT_SOURCE, "roll-back: the source pin's create")                                        \
    X(CONNECT_LINK, "roll-back: the sink's Connect")                                               \
    X(CONNECT_ALLOCATOR, "roll-back: the allocator's create")                                      \
    X(CONNECT_INITIALIZE, "roll-back: InitializeAllocator")                                        \
    X(CONNECT_ASSIGN, "roll-back: the assignment")                                                 \
    X(ACQUIRE_SINK, "roll-back: ACQUIRE refused by the last sink")                                 \
    X(ACQUIRE_MIDDLE, "roll-back: ACQUIRE refused in the middle")                                  \
    X(ACQUIRE_HEAD, "roll-back: ACQUIRE refused by the head")                                      \
    X(ACQUIRE_FIRST, "roll-back: the first Allocate fails")                                        \
    X(ACQUIRE_LATER, "roll-back: a later Allocate fails")                                          \
    X(ACQUIRE_ALIGN, "roll-back: a frame that is not aligned")                                     \
    X(ACQUIRE_POOL, "roll-back: ACQUIRE without pool")                                             \
    X(RUN_REFUSED, "roll-back: PAUSE or RUN refused")                                              \
    X(CANCEL_LOCKED, "a frame cancelled while a clone is locked on it")                            \
    X(CANCEL_UNLOCKED, "a frame cancelled under an unlocked clone")                                \
    X(HELD_PAST_STOP, "a clone held past STOP")                                                    \
    X(ALLOC_PENDED, "an ALLOC that waits")                                                         \
    X(ALLOC_SERVED, "an ALLOC that waited and got its frame")                                      \
    X(ALLOC_CANCELLED, "an ALLOC that waited and was cancelled")                                   \
    X(SELF_ALLOCATING, "frames from an allocator of the source itself")                            \
    X(PIN_FIRST, "the pin closed before its allocator")                                            \
    X(ALLOCATOR_FIRST, "the allocator closed before the pin")                                      \
    X(LAST_AT_DISPATCH, "the last frame returned at DISPATCH_LEVEL")                               \
    X(POWER, "power down and up")                                                                  \
    X(RESET, "flushed by RESET_STATE")                                                             \
    X(STALLED, "a pin that stalls, and goes on")                                                   \
    X(IN_PLACE, "frames through a transform in place")                                             \
    X(COPIED, "frames through a transform that copies")                                            \
    X(FORKED, "frames over both pins of a source")                                                 \
    X(CLIENT, "frames to a client's reads")                                                        \
    X(POOL_FAILED, "an allocation of pool that failed on the way up")                              \
    X(POOL_FAILED_FLOW, "an allocation of pool that failed while frames flowed")

enum proof_cover {
#define X(name, text) COVER_##name,
    PROOF_COVERS(X)
#undef X
        COVER_COUNT
};
extern const char *const proof_cover_texts[COVER_COUNT];

/* --- scenes ---------------------------------------------------------------------------------- */

/* The graph: filter 0 is the source, the last one the sink. Edge e leads from filter e to e + 1, or
 * with FORK the last edge from filter 0's other pin. Per filter and edge, numbers from that index
 * on. */
enum graph_number {
    G_FILTERS, /* 1 .. 4 */
    G_FORK,
    G_TAIL, /* the last filter copies to a client that reads */
    G_PREEMPTION,
    G_PROCESSORS,
    G_MODE,                     /* per filter: bit 0 copies, else in place */
    G_DEVICE = G_MODE + 4,      /* per filter: which of two */
    G_FLAGS = G_DEVICE + 4,     /* per filter: FLAG_* */
    G_ALLOCATOR = G_FLAGS + 4,  /* per edge: ALLOCATOR_* */
    G_FRAMES = G_ALLOCATOR + 3, /* per edge: framing.Frames - 1 */
    G_SIZE = G_FRAMES + 3,      /* per edge: frame size */
    G_ALIGNMENT = G_SIZE + 3,   /* per edge */
    G_COUNT = G_ALIGNMENT + 3
};
enum { FLAG_FIFO = 1, FLAG_DISPATCH = 2, FLAG_ASYNCHRONOUS = 4, FLAG_EVERY_ARRIVAL = 8 };
enum { ALLOCATOR_OWN_SINK, ALLOCATOR_OWN_SOURCE, ALLOCATOR_POOL, ALLOCATOR_KINDS };

/* X(NAME, "what a, b and c say") */
#define PROOF_STEPS(X)                                                                             \
    X(CONNECT, "whatever is not connected; a: in which order")                                     \
    X(STATE, "all pins; a: state, b: in which order")                                              \
    X(PIN_STATE, "one pin; a: which, b: state")                                                    \
    X(FEED, "frames from every source; a: how many; wait for them")                                \
    X(FEED_ON, "the same without a wait")                                                          \
    X(SLEEP, "let the machine run; a: how long")                                                   \
    X(HOLD, "a pin clones its next frames; a: which, b: how (HOLD_*), c: how many")                \
    X(RELEASE, "a: which pin's clones, b: by whom (RELEASE_*), c: when")                           \
    X(STALL, "a pin's Process does nothing; a: which, b: begin or end")                            \
    X(RESET, "RESET_STATE; a: which pin, b: begin, end or both")                                   \
    X(FORMAT, "in STOP: another frame size and allocator; a: which edge, b: size")                 \
    X(REASSIGN, "in STOP: another allocator; a: which edge, b: frames, c: new before old")         \
    X(POWER, "a: which device, b: down or up")                                                     \
    X(SURPRISE, "a: which device")                                                                 \
    X(ALLOC, "an ALLOC request; a: which allocator, b: by table, c: level")                        \
    X(FREE, "what ALLOC gave; a: which, b: by table, c: level")                                    \
    X(CANCEL, "a waiting ALLOC; a: which")                                                         \
    X(CLOSE_PIN, "a: which")                                                                       \
    X(CLOSE_ALLOCATOR, "a: which")                                                                 \
    X(REFUSE, "the minidriver refuses; a: what (REFUSE_*), b: the how manieth time")               \
    X(NO_POOL, "in the next request; a: the how manieth allocation fails")                         \
    X(READ, "a client's reads, if it has a pin; a: how many")                                      \
    X(CANCEL_READ, "a client's read; a: which")                                                    \
    X(DEATH, "every handle is closed as it was; a: order")                                         \
    X(DOWN, "STOP and close all; a: order, b: without STOP")

enum step_kind {
#define X(name, text) STEP_##name,
    PROOF_STEPS(X)
#undef X
        STEP_KINDS
};
enum { HOLD_LOCKED, HOLD_UNLOCKED, HOLD_DEAF /* no cancel callback */, HOLD_KINDS };
enum { RELEASE_PASSIVE, RELEASE_DISPATCH, RELEASE_DPC, RELEASE_KINDS };
enum {
    REFUSE_CREATE,
    REFUSE_CONNECT,
    REFUSE_FORMAT,
    REFUSE_INITIALIZE,
    REFUSE_ALLOCATE,
    REFUSE_ALIGNMENT,
    REFUSE_STATE,
    REFUSE_KINDS
};

struct scene_step {
    uint8_t kind, a, b, c;
};

struct scene {
    uint64_t seed; /* of the host's scheduler */
    uint8_t graph[G_COUNT];
    uint8_t steps;
    struct scene_step step[STEPS_MAX];
};

extern const char *const scene_step_names[STEP_KINDS];

void scene_draw(struct scene *scene, uint64_t seed);
uint64_t scene_hash(const struct scene *scene);

/* --- what was seen --------------------------------------------------------------------------- */

struct scene_result {
    enum proof_rule rule; /* the first that was broken */
    unsigned step;        /* during which step; `steps`: at the end */
    char why[WHY_BYTES];
    uint64_t frames; /* that reached a sink or a client */
    uint32_t reached[COVER_COUNT];
};

/* Plays `scene`; `verbose`: the machine's own words go to stderr. After a broken rule the machine
 * is left as it is, and the process is good for nothing but its end. */
void scene_play(const struct scene *scene, struct scene_result *result, bool verbose);

#endif
