/* Device time: timers of the simulated hardware, run inside the clock interrupt.
 * Lock: timer_lock guards the list; a leaf. Callbacks run without it.
 * Interface: a callback may set or stop its own timer; hal_timer_destroy waits for a callback that
 * runs elsewhere.
 * Invariant: a timer is in the list exactly while it is armed; equal times fire in the order in
 * which they were set. */
#include "nt/io.h"

struct hal_timer {
    struct hal_timer *next;
    uint64_t due_100ns;
    void (*expired)(void *context);
    void *context;
    bool armed;
    bool running; /* set under the lock, cleared by the callback's end (release) without it */
};

static struct host_lock timer_lock;
static struct hal_timer *timers; /* nearest first */

void hal_timer_start(void)
{
    timers = NULL;
}

struct hal_timer *hal_timer_create(void (*expired)(void *context), void *context)
{
    struct hal_timer *timer = nt_allocate(sizeof *timer);
    if (timer) {
        timer->expired = expired;
        timer->context = context;
    }
    return timer;
}

static void unlink_locked(struct hal_timer *timer)
{
    struct hal_timer **at = &timers;
    while (*at && *at != timer)
        at = &(*at)->next;
    if (*at)
        *at = timer->next;
    timer->armed = false;
}

void hal_timer_set(struct hal_timer *timer, uint64_t delay_100ns)
{
    uint64_t due = host_time_peek_100ns() + delay_100ns;
    host_lock_acquire(&timer_lock);
    if (timer->armed)
        unlink_locked(timer);
    timer->due_100ns = due;
    timer->armed = true;
    struct hal_timer **at = &timers;
    while (*at && (*at)->due_100ns <= due)
        at = &(*at)->next;
    timer->next = *at;
    *at = timer;
    bool nearest = timers == timer;
    host_lock_release(&timer_lock);
    if (nearest)
        ke_deadline_want(due);
}

void hal_timer_stop(struct hal_timer *timer)
{
    host_lock_acquire(&timer_lock);
    if (timer->armed)
        unlink_locked(timer);
    host_lock_release(&timer_lock);
}

void hal_timer_destroy(struct hal_timer *timer)
{
    for (;;) { /* stopped and idle under one hold of the lock: a callback may set its own timer */
        host_lock_acquire(&timer_lock);
        if (timer->armed)
            unlink_locked(timer);
        bool running = __atomic_load_n(&timer->running, __ATOMIC_ACQUIRE);
        host_lock_release(&timer_lock);
        if (!running)
            break;
        host_stall_ns(1000);
    }
    nt_free(timer);
}

uint64_t hal_time_100ns(void)
{
    return host_time_peek_100ns();
}

uint64_t hal_timers_run(uint64_t now_100ns)
{
    for (;;) {
        host_lock_acquire(&timer_lock);
        struct hal_timer *timer = timers;
        if (!timer || timer->due_100ns > now_100ns) {
            uint64_t next = timer ? timer->due_100ns : HOST_NEVER;
            host_lock_release(&timer_lock);
            return next;
        }
        timers = timer->next;
        timer->armed = false;
        __atomic_store_n(&timer->running, true, __ATOMIC_RELAXED);
        host_lock_release(&timer_lock);
        timer->expired(timer->context);
        __atomic_store_n(&timer->running, false, __ATOMIC_RELEASE);
    }
}
