/* Pin-centric processing: why one pin does not process. The conditions are process_pin_may. */
#include "process_inside.h"

bool process_pin_ready(struct process *process, char *text, size_t bytes)
{
    struct pin *pin = process->pin;
    KSSTATE state, least;

    if (process_pin_may(process))
        return true;
    state = process_pin_state(pin);
    least = process_state_min(pin->ks.Descriptor->Flags);
    if (pin_is_split(pin))
        return process_no(text, bytes, "pin %u is served by the splitter of its first instance",
                          pin->ks.Id);
    if (state < least)
        return process_no(text, bytes, "pin %u is in state %s, wants %s", pin->ks.Id,
                          process_state_word(state), process_state_word(least));
    return process_no(text, bytes, "no frame at or ahead of the leading edge of pin %u",
                      pin->ks.Id);
}
