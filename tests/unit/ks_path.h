/* A scene for the data path of the class driver without a machine: pins made by hand, frames, a
 * transport that remembers, and a kernel of one thread (ks_path_kernel.c) whose level, clock and
 * work items the case moves. Interface: scene_start, then scene_pin for each pin; drive through
 * ks.h, queue.h and process.h. */
#ifndef WEIR_TEST_KS_PATH_H
#define WEIR_TEST_KS_PATH_H

#include "../../src/ks/pin.h"
#include "../../src/ks/process.h"
#include "../../src/ks/queue.h"
#include "weir_test.h"

enum { SCENE_PINS = 6, SCENE_FRAMES = 24, SCENE_FRAME_BYTES = 100 };

struct arrivals {
    struct transport transport;
    struct frame *frame[SCENE_FRAMES];
    unsigned count;
};

struct scene {
    struct filter filter;
    KSFILTER_DESCRIPTOR filter_descriptor;
    KSFILTER_DISPATCH filter_dispatch;
    struct pin_type type[SCENE_PINS];
    KSPIN_DESCRIPTOR_EX descriptor[SCENE_PINS];
    KSPIN_DISPATCH dispatch[SCENE_PINS];
    struct pin pin[SCENE_PINS];
    unsigned pins;
    struct arrivals next, home;
    struct frame frame[SCENE_FRAMES];
    KSSTREAM_HEADER header[SCENE_FRAMES];
    UCHAR data[SCENE_FRAMES][SCENE_FRAME_BYTES];
    MDL mdl[SCENE_FRAMES];
    unsigned frames;
};

extern struct scene scene;

void scene_start(void);
void scene_filter_process(PFNKSFILTERPROCESS process, ULONG flags);
/* A pin of a type of its own, STOP, queue made, its frames go to scene.next. process may be NULL.
 */
struct pin *scene_pin(KSPIN_DATAFLOW flow, ULONG flags, PFNKSPIN process);
/* One more instance of the newest type. */
struct pin *scene_instance(void);
void scene_state(struct pin *pin, KSSTATE state);
/* A new frame arrives: empty for OUT pins, full for IN pins. */
struct frame *scene_arrive(struct pin *pin);
struct frame *scene_arrive_used(struct pin *pin, ULONG data_used);
/* received == depth + completed + cancelled */
bool scene_conserved(struct pin *pin);

/* The kernel. */
extern KIRQL kernel_irql;
extern unsigned kernel_works;     /* work items queued, all in all */
extern int kernel_work_type;      /* of the last one */
extern const char *kernel_report; /* rule of the last report, NULL: none */
extern unsigned kernel_pool_blocks;
extern bool kernel_pool_empty; /* no memory while it is set */
extern PDMA_ADAPTER kernel_adapter;
extern ULONG kernel_mapping_max, kernel_mapping_stride,
    kernel_lists;                          /* lists: scatter/gather out */
bool kernel_run_work(void);                /* one work item; false: none */
void kernel_pass_time(ULONGLONG by_100ns); /* fires timers on the way */
extern void (*kernel_wait_hook)(void);     /* what others do while somebody waits */

#endif
