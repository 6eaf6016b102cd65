/* Pipe: the state machine. See pipe.h.
 *
 * A step up goes from the last sink to the head, a step down from the head to the last sink. A pin
 * that refuses a step up makes the pins that took it step back, in reverse. A step down cannot be
 * refused: what the minidriver returns is reported and passed over (Undocumented). */
#include "pipe.h"
#include "device.h"
#include "injection.h"
#include "peer_irp.h"
#include "process.h"
#include "queue.h"
#include "report.h"
#include "requester.h"
#include "splitter.h"
#include "stream.h"

enum { PIPE_TAG = 'pPSk' };

static KMUTEX pipe_mutex;
static LONG pipe_mutex_ready; /* 0 not yet, 1 being made, 2 ready */

/* Where nobody called pipe_start (a test of the kernel alone) the first user makes the mutex. */
static void pipe_mutex_init(void)
{
    if (InterlockedCompareExchange(&pipe_mutex_ready, 1, 0) == 0) {
        KeInitializeMutex(&pipe_mutex, 0);
        InterlockedExchange(&pipe_mutex_ready, 2);
    }
    while (InterlockedCompareExchange(&pipe_mutex_ready, 2, 2) != 2)
        YieldProcessor();
}

/* A mutex of the machine before, perhaps frozen while it was held, is not taken over. */
void pipe_start(void)
{
    KeInitializeMutex(&pipe_mutex, 0);
    pipe_mutex_ready = 2;
}

void pipe_lock(void)
{
    pipe_mutex_init();
    KeWaitForSingleObject(&pipe_mutex, Executive, KernelMode, FALSE, NULL);
}

void pipe_unlock(void)
{
    KeReleaseMutex(&pipe_mutex, FALSE);
}

static void pin_tell_process(struct pin *pin)
{
    struct process *process = pin->process ? pin->process : pin->filter->process;
    if (process)
        process_state_changed(process, pin);
    if (pin_is_split(pin))
        splitter_wake(pin);
}

/* Roll a step up back: the pins [from, pins) took it. In reverse: it went from the last sink up. */
static void step_back(struct pipe *pipe, ULONG from, KSSTATE to, KSSTATE back)
{
    for (ULONG i = from; i < pipe->pins; i++)
        pin_force_device_state(pipe->pin[i], back, to);
}

/* Every filter of the pipe can process its pins as they are now. */
static NTSTATUS filters_prepare(struct pipe *pipe)
{
    NTSTATUS status = STATUS_SUCCESS;

    for (ULONG i = 0; NT_SUCCESS(status) && i < pipe->pins; i++) {
        struct filter *filter = pipe->pin[i]->filter;
        if (!filter->process)
            continue;
        filter_acquire_control(filter);
        status = process_prepare(filter->process);
        filter_release_control(filter);
    }
    return status;
}

static NTSTATUS step_up(struct pipe *pipe)
{
    KSSTATE from = pipe->state, to = from + 1;
    NTSTATUS status = from == KSSTATE_STOP ? filters_prepare(pipe) : STATUS_SUCCESS;

    if (NT_SUCCESS(status) && from == KSSTATE_STOP)
        status = pipe_link(pipe);
    if (!NT_SUCCESS(status))
        return status;
    for (ULONG i = pipe->pins; i-- > 0;) {
        status = pin_dispatch_device_state(pipe->pin[i], to, from);
        if (!NT_SUCCESS(status)) {
            step_back(pipe, i + 1, to, from);
            break;
        }
    }
    if (NT_SUCCESS(status) && to == KSSTATE_ACQUIRE) {
        status = pipe_fill(pipe);
        if (!NT_SUCCESS(status))
            step_back(pipe, 0, to, from);
    }
    if (!NT_SUCCESS(status)) {
        if (from == KSSTATE_STOP)
            pipe_unlink(pipe);
        return status;
    }
    pipe->state = to;
    if (pipe->peer)
        peer_irp_retry(pipe->peer);
    for (ULONG i = pipe->pins; i-- > 0;)
        pin_tell_process(pipe->pin[i]);
    return STATUS_SUCCESS;
}

static void step_down(struct pipe *pipe)
{
    KSSTATE from = pipe->state, to = from - 1;

    for (ULONG i = 0; i < pipe->pins; i++) {
        struct pin *pin = pipe->pin[i];
        pin_force_device_state(pin, to, from);
        pin_tell_process(pin);
    }
    pipe->state = to;
    if (to == KSSTATE_STOP)
        pipe_unlink(pipe);
}

static NTSTATUS pipe_move(struct pipe *pipe, KSSTATE target)
{
    KSSTATE start = pipe->state;
    NTSTATUS status = STATUS_SUCCESS;

    while (pipe->state > target)
        step_down(pipe);
    while (NT_SUCCESS(status) && pipe->state < target)
        status = step_up(pipe);
    while (!NT_SUCCESS(status) && pipe->state > start)
        step_down(pipe);
    return status;
}

/* What this pin lets its pipe be: what it was told, but no more than PAUSE while its device
 * sleeps. */
static KSSTATE pin_wish(const struct pin *pin)
{
    KSSTATE state = pin->ks.DeviceState;

    if (state > KSSTATE_PAUSE && __atomic_load_n(&pin->filter->device->asleep, __ATOMIC_SEQ_CST))
        return KSSTATE_PAUSE;
    return state;
}

static KSSTATE pipe_wish(const struct pipe *pipe)
{
    KSSTATE lowest = KSSTATE_RUN;

    for (ULONG i = 0; i < pipe->pins; i++) {
        KSSTATE state = pin_wish(pipe->pin[i]);
        lowest = state < lowest ? state : lowest;
    }
    return lowest;
}

static bool pipe_has(const struct pipe *pipe, const struct pin *pin)
{
    for (ULONG i = 0; i < pipe->pins; i++) {
        if (pipe->pin[i] == pin)
            return true;
    }
    return false;
}

/* The pin's pipe: the one it is in, or a new one in STOP. */
static NTSTATUS pipe_get(struct pin *pin, struct pipe **pipe)
{
    *pipe = pin->pipe;
    if (*pipe)
        return STATUS_SUCCESS;
    struct pipe *made = ExAllocatePoolZero(NonPagedPoolNx, sizeof(*made), PIPE_TAG);
    if (!made)
        return STATUS_INSUFFICIENT_RESOURCES;
    NTSTATUS status = pipe_collect(pin, made);
    if (NT_SUCCESS(status) && !pipe_has(made, pin)) {
        ks_report("KsPipeInPlace",
                  "a filter passes the frames of one sink pin on in place through one "
                  "source pin, and splits them only at the end of the pipe; give the other "
                  "source pin an allocator");
        status = STATUS_INVALID_DEVICE_STATE;
    }
    if (!NT_SUCCESS(status)) {
        ExFreePoolWithTag(made, PIPE_TAG);
        return status;
    }
    *pipe = made;
    return STATUS_SUCCESS;
}

static void pipe_put(struct pipe *pipe)
{
    if (pipe->state == KSSTATE_STOP)
        ExFreePoolWithTag(pipe, PIPE_TAG);
}

/* Undocumented: only a step up needs the necessary pins; down is always free. */
static NTSTATUS pins_check_necessary(struct pin *pin, KSSTATE state)
{
    NTSTATUS status = STATUS_SUCCESS;

    if (state <= pin->ks.DeviceState)
        return status;
    filter_acquire_control(pin->filter);
    status = filter_check_necessary(pin->filter);
    filter_release_control(pin->filter);
    return status;
}

/* Without standard transport there is no pipe: the pin sees the raw jump to what it wishes. */
static NTSTATUS raw_move(struct pin *pin)
{
    KSSTATE from = pin->ks.ClientState, to = pin_wish(pin);
    NTSTATUS status = STATUS_SUCCESS;

    if (to == from)
        return status;
    if (to < from)
        pin_force_device_state(pin, to, from);
    else
        status = pin_dispatch_device_state(pin, to, from);
    if (NT_SUCCESS(status))
        pin_tell_process(pin);
    return status;
}

static NTSTATUS pipe_wish_and_move(struct pin *pin, KSSTATE state)
{
    struct pipe *pipe;
    NTSTATUS status = pipe_get(pin, &pipe);

    if (!NT_SUCCESS(status))
        return state == KSSTATE_STOP ? STATUS_SUCCESS : status;
    status = pipe_move(pipe, pipe_wish(pipe));
    pipe_put(pipe);
    return status;
}

/* On failure the pin's state is what it was told before. */
static NTSTATUS wish_and_move(struct pin *pin, KSSTATE state)
{
    KSSTATE old = pin->ks.DeviceState;
    NTSTATUS status;

    pin_set_device_state(pin, state);
    status = pin->standard_transport ? pipe_wish_and_move(pin, state) : raw_move(pin);
    if (!NT_SUCCESS(status))
        pin_set_device_state(pin, old);
    return status;
}

NTSTATUS pipe_set_pin_state(struct pin *pin, KSSTATE state)
{
    NTSTATUS status;

    pipe_lock();
    if (pin->gone && state != KSSTATE_STOP)
        status = STATUS_DEVICE_REMOVED;
    else if (pin->leaving && state != KSSTATE_STOP)
        status = STATUS_INVALID_DEVICE_STATE;
    else
        status = pins_check_necessary(pin, state);
    if (NT_SUCCESS(status))
        status = wish_and_move(pin, state);
    pipe_unlock();
    return status;
}

static void remove_pin(struct pin *pin)
{
    struct pipe *pipe = pin->pipe;

    pin_set_device_state(pin, KSSTATE_STOP);
    if (!pin->standard_transport) {
        raw_move(pin);
    } else if (pipe) {
        pipe_move(pipe, KSSTATE_STOP);
        pipe_put(pipe);
    }
}

void pipe_remove_pin(struct pin *pin)
{
    pipe_lock();
    pin->leaving = true;
    remove_pin(pin);
    splitter_abandon(pin);
    pipe_unlock();
}

void pipe_surprise(struct pin *pin)
{
    pipe_lock();
    __atomic_store_n(&pin->gone, true, __ATOMIC_SEQ_CST);
    remove_pin(pin);
    pipe_unlock();
}

void pipe_flush(struct pin *pin)
{
    pipe_lock();
    struct pipe *pipe = pin->pipe;
    __atomic_store_n(&pin->resetting, true, __ATOMIC_SEQ_CST);
    if (pipe && pipe->requester)
        requester_pause(pipe->requester);
    if (pipe && pipe->injection)
        injection_pause(pipe->injection, true);
    for (ULONG i = 0; pipe && i < pipe->pins; i++)
        queue_flush(pipe->pin[i]->queue);
    for (ULONG i = 0; pipe && i < pipe->pins; i++)
        splitter_flush(pipe->pin[i]);
    if (pipe && pipe->peer)
        peer_irp_flush(pipe->peer);
    pipe_unlock();
}

bool pipe_is_resetting(const struct pipe *pipe)
{
    for (ULONG i = 0; i < pipe->pins; i++) {
        if (pipe->pin[i]->resetting)
            return true;
    }
    return false;
}

void pipe_resume(struct pin *pin)
{
    pipe_lock();
    struct pipe *pipe = pin->pipe;
    __atomic_store_n(&pin->resetting, false, __ATOMIC_SEQ_CST);
    if (pipe && pipe->peer && !pipe_is_resetting(pipe))
        peer_irp_resume(pipe->peer);
    if (pipe && pipe->requester && !pipe_is_resetting(pipe))
        requester_start(pipe->requester);
    if (pipe && pipe->injection && !pipe_is_resetting(pipe))
        injection_pause(pipe->injection, false);
    pipe_unlock();
}

static NTSTATUS power_move(struct pin *pin)
{
    if (!pin->standard_transport)
        return raw_move(pin);
    return pin->pipe ? pipe_move(pin->pipe, pipe_wish(pin->pipe)) : STATUS_SUCCESS;
}

/* To sleep is a step down, which cannot fail. */
void pipe_power(struct pin *pin)
{
    pipe_lock();
    if (!NT_SUCCESS(power_move(pin)))
        ks_report("KsPinWake", "a pin did not come back to its state after power was restored");
    pipe_unlock();
}
