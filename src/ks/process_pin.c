/* Pin-centric processing: the conditions of one pin, and its Process dispatch. */
#include "process_inside.h"

bool process_pin_ready(struct process *process, char *text, size_t bytes)
{
    struct pin *pin = process->pin;
    ULONG flags = pin->ks.Descriptor->Flags;
    struct queue *queue = queue_shown(pin);
    KSSTATE state = process_pin_state(pin), least = process_state_min(flags);

    if (state < least)
        return process_no(text, bytes, "pin %u is in state %s, wants %s", pin->ks.Id,
                          process_state_word(state), process_state_word(least));
    if (queue && !(flags & KSPIN_FLAG_FRAMES_NOT_REQUIRED_FOR_PROCESSING) &&
        !queue_has_frame_at_leading_edge(queue))
        return process_no(text, bytes, "no frame at or ahead of the leading edge of pin %u",
                          pin->ks.Id);
    return true;
}

NTSTATUS process_pin_dispatch(struct process *process)
{
    struct pin *pin = process->pin;
    NTSTATUS status;

    WATCH(WATCH_PROCESS_BEGIN, pin->base.id, pin->base.name, 0, 0);
    status = pin->ks.Descriptor->Dispatch->Process(&pin->ks);
    WATCH(WATCH_PROCESS_END, pin->base.id, NULL, (ULONG)status, 0);
    process->last = status;
    process->rested = status != STATUS_SUCCESS;
    return status;
}
