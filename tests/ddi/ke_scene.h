/* A machine for one case: the kernel core on the host that the runner asks for. */
#ifndef WEIR_TESTS_KE_SCENE_H
#define WEIR_TESTS_KE_SCENE_H

#include "nt/ke.h"
#include "weir_test.h"

enum { MS = 10000 /* 100 ns */ };

static void scene_body(void *argument)
{
    ((void (*)(void))argument)();
}

/* Run the scene; a bug check ends the case as the runner wants it. */
static void scene(void (*body)(void))
{
    char sentence[NT_SENTENCE_BYTES] = "";
    struct nt_config config = {
        .simulated = weir_test_simulated, .seed = weir_test_seed, .preemption = true};
    if (!NT_SUCCESS(ke_start(&config, sentence)))
        fail_msg("%s", sentence);
    if (!host_guard(scene_body, (void *)body)) {
        const struct nt_bugcheck *record = bugcheck_record();
        weir_test_bugchecked(record->code, record->report);
    }
    ke_stop();
}

#define SCENE(name)                                                                                \
    static void name##_scene(void);                                                                \
    static void name(void **state)                                                                 \
    {                                                                                              \
        (void)state;                                                                               \
        scene(name##_scene);                                                                       \
    }                                                                                              \
    static void name##_scene(void)

static inline LARGE_INTEGER relative(LONGLONG span)
{
    LARGE_INTEGER time = {.QuadPart = -span};
    return time;
}

static inline NTSTATUS wait_for(PVOID object)
{
    return KeWaitForSingleObject(object, Executive, KernelMode, FALSE, NULL);
}

static inline NTSTATUS wait_up_to(PVOID object, LONGLONG span)
{
    LARGE_INTEGER timeout = relative(span);
    return KeWaitForSingleObject(object, Executive, KernelMode, FALSE, &timeout);
}

static inline NTSTATUS poll(PVOID object)
{
    LARGE_INTEGER none = {.QuadPart = 0};
    return KeWaitForSingleObject(object, Executive, KernelMode, FALSE, &none);
}

static inline struct ke_thread *start(PKSTART_ROUTINE entry, PVOID argument)
{
    struct ke_thread *thread = NULL;
    assert_int_equal(ke_thread_create("helper", entry, argument, (const void *)entry, &thread), 0);
    return thread;
}

static inline void join(struct ke_thread *thread)
{
    assert_int_equal(wait_for(thread), STATUS_SUCCESS);
    ke_thread_dereference(thread);
}

/* Wait until so many threads wait for the object. */
static inline void until_waiting(DISPATCHER_HEADER *header, unsigned count)
{
    for (;;) {
        unsigned waiting = 0;
        LARGE_INTEGER step = relative(MS);
        ke_dispatcher_acquire();
        for (LIST_ENTRY *link = header->WaitListHead.Flink; link != &header->WaitListHead;
             link = link->Flink)
            waiting++;
        ke_dispatcher_release();
        if (waiting >= count)
            return;
        KeDelayExecutionThread(KernelMode, FALSE, &step);
    }
}

#endif
