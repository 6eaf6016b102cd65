/* Could this pin allocate the frames of this pipe? The first obstacle that is met is the reason;
 * its sentence names the pin and the field. See plan.h and docs/allocator-selection.md. */
#include "plan.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { FRAMES_ADVISED = 3 };

static const GUID memory_paged = {STATIC_KSMEMORY_TYPE_KERNEL_PAGED};
static const GUID memory_nonpaged = {STATIC_KSMEMORY_TYPE_KERNEL_NONPAGED};
static const GUID memory_system = {STATIC_KSMEMORY_TYPE_SYSTEM};
static const GUID memory_user = {STATIC_KSMEMORY_TYPE_USER};
static const GUID memory_device = {STATIC_KSMEMORY_TYPE_DEVICE_UNKNOWN};
static const GUID memory_any;

static bool same(const GUID *a, const GUID *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

const char *plan_memory_name(const GUID *memory)
{
    return same(memory, &memory_paged)      ? "KERNEL_PAGED"
           : same(memory, &memory_nonpaged) ? "KERNEL_NONPAGED"
           : same(memory, &memory_system)   ? "SYSTEM"
           : same(memory, &memory_user)     ? "USER"
           : same(memory, &memory_device)   ? "DEVICE_UNKNOWN"
           : same(memory, &memory_any)      ? "DONT_CARE"
                                            : "a memory type of the vendor's";
}

static bool is_kernel(const GUID *memory)
{
    return same(memory, &memory_paged) || same(memory, &memory_nonpaged);
}

/* Does an item that says `declared` take frames of `offered`? */
static bool takes(const GUID *declared, const GUID *offered)
{
    return same(declared, offered) || same(declared, &memory_any) || same(offered, &memory_any) ||
           (same(declared, &memory_system) && is_kernel(offered)) ||
           (same(offered, &memory_system) && is_kernel(declared));
}

bool plan_flag(const struct plan_pin *pin, ULONG flag)
{
    for (ULONG i = 0; pin->framing && i < pin->framing->CountItems; i++)
        if (pin->framing->FramingItem[i].Flags & flag)
            return true;
    return false;
}

bool plan_must_allocate(const struct plan_pin *pin)
{
    for (ULONG i = 0; pin->framing && i < pin->framing->CountItems; i++) {
        const KS_FRAMING_ITEM *item = &pin->framing->FramingItem[i];
        if ((item->Flags | item->MemoryFlags) & KSALLOCATOR_REQUIREMENTF_MUST_ALLOCATE)
            return true;
    }
    return false;
}

/* What a pin wants of frames in this memory: the item that fits best. NULL: it declares nothing, or
 * (*refuses) it does not take such memory. */
static const KS_FRAMING_ITEM *item_for(const struct plan_pin *pin, const GUID *memory,
                                       bool *refuses)
{
    const KS_FRAMING_ITEM *best = NULL;

    *refuses = pin->framing && pin->framing->CountItems > 0;
    for (ULONG i = 0; pin->framing && i < pin->framing->CountItems; i++) {
        const KS_FRAMING_ITEM *item = &pin->framing->FramingItem[i];
        bool exact = same(&item->MemoryType, memory);
        if (!takes(&item->MemoryType, memory))
            continue;
        if (!best || (exact && !same(&best->MemoryType, memory)))
            best = item;
    }
    *refuses = *refuses && !best;
    return best;
}

static bool preferences_only(const KS_FRAMING_ITEM *item)
{
    return item->Flags & KSALLOCATOR_REQUIREMENTF_PREFERENCES_ONLY;
}

/* --- one attempt: a place, a memory type --------------------------------------------------------
 */

struct attempt {
    const struct plan *plan;
    const struct plan_pipe *pipe;
    const struct plan_pin *place;
    const KS_FRAMING_ITEM *place_item; /* NULL: the place declares nothing */
    GUID memory;
    struct plan_fit *fit;
};

static bool lost(struct attempt *a, const char *format, ...) __attribute__((format(printf, 2, 3)));
static bool lost(struct attempt *a, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(a->fit->reason, sizeof(a->fit->reason), format, arguments);
    va_end(arguments);
    return false;
}

static const struct plan_pin *pin_at(const struct attempt *a, unsigned i)
{
    return &a->plan->pins[a->pipe->pin[i]];
}

static const KS_FRAMING_ITEM *item_at(const struct attempt *a, unsigned i)
{
    bool refuses;
    return item_for(pin_at(a, i), &a->memory, &refuses);
}

static bool memory_fits(struct attempt *a)
{
    for (unsigned i = 0; i < a->pipe->pins; i++) {
        const struct plan_pin *pin = pin_at(a, i);
        bool refuses;
        const KS_FRAMING_ITEM *item = item_for(pin, &a->memory, &refuses);
        if (refuses)
            return lost(a, "%s does not take %s memory (FramingItem.MemoryType)", pin->name,
                        plan_memory_name(&a->memory));
        if (item && pin != a->place && !preferences_only(item) &&
            (item->Flags & KSALLOCATOR_REQUIREMENTF_SYSTEM_MEMORY) && !is_kernel(&a->memory) &&
            !same(&a->memory, &memory_system) && !same(&a->memory, &memory_any))
            return lost(a,
                        "%s wants system memory (KSALLOCATOR_REQUIREMENTF_SYSTEM_MEMORY), not %s",
                        pin->name, plan_memory_name(&a->memory));
        a->fit->weight += item ? item->MemoryTypeWeight : 0;
    }
    return true;
}

static bool allocation_is_free(struct attempt *a)
{
    for (unsigned i = 0; i < a->pipe->pins; i++) {
        if (pin_at(a, i) != a->place && plan_must_allocate(pin_at(a, i)))
            return lost(a, "%s must allocate (KSALLOCATOR_REQUIREMENTF_MUST_ALLOCATE)",
                        pin_at(a, i)->name);
    }
    return true;
}

/* --- size ---------------------------------------------------------------------------------------
 */

struct sizes {
    uint64_t bytes, step; /* so far: the smallest that fits, and what may be added */
    uint64_t most;
    const char *most_of, *most_field, *least_of;
};

static bool range_is_sound(struct attempt *a, const struct plan_pin *pin, const char *field,
                           const KS_FRAMING_RANGE *range)
{
    if (range->MaxFrameSize && range->MinFrameSize > range->MaxFrameSize)
        return lost(a, "%s contradicts itself: %s.MinFrameSize %u is above MaxFrameSize %u",
                    pin->name, field, range->MinFrameSize, range->MaxFrameSize);
    return true;
}

static void range_apply(struct sizes *sizes, const struct plan_pin *pin, const char *field,
                        const KS_FRAMING_RANGE *range)
{
    if (range->MinFrameSize > sizes->bytes) {
        sizes->bytes = range->MinFrameSize;
        sizes->least_of = pin->name;
    }
    if (range->MaxFrameSize && range->MaxFrameSize < sizes->most) {
        sizes->most = range->MaxFrameSize;
        sizes->most_of = pin->name;
        sizes->most_field = field;
    }
}

static uint64_t common_divisor(uint64_t a, uint64_t b)
{
    return b ? common_divisor(b, a % b) : a;
}

/* The next size that this range's steps meet as well: those of `step` apart are tried, one period
 * long. */
static bool stepping_apply(struct attempt *a, struct sizes *sizes, const struct plan_pin *pin,
                           const KS_FRAMING_RANGE *range)
{
    uint64_t step = range->Stepping, least = range->MinFrameSize;

    if (step <= 1 || (range->MaxFrameSize && range->MaxFrameSize == range->MinFrameSize))
        return true;
    for (uint64_t tries = step / common_divisor(step, sizes->step); tries > 0; tries--) {
        if ((sizes->bytes - least) % step == 0) {
            sizes->step = sizes->step / common_divisor(sizes->step, step) * step;
            return true;
        }
        if (sizes->bytes > sizes->most)
            break;
        sizes->bytes += sizes->step;
    }
    return lost(a, "no frame size of %llu bytes or more meets %s's FramingRange.Range.Stepping %u",
                (unsigned long long)sizes->bytes, pin->name, range->Stepping);
}

/* An input's PhysicalRange is not used (docs/design/behaviour.md section 9). */
static bool ranges_apply(struct attempt *a, struct sizes *sizes, bool soft)
{
    for (unsigned i = 0; i < a->pipe->pins; i++) {
        const KS_FRAMING_ITEM *item = item_at(a, i);
        const struct plan_pin *pin = pin_at(a, i);
        if (!item || preferences_only(item) != soft)
            continue;
        if (!range_is_sound(a, pin, "FramingRange.Range", &item->FramingRange.Range))
            return false;
        range_apply(sizes, pin, "FramingRange.Range", &item->FramingRange.Range);
        if (pin->output && range_is_sound(a, pin, "PhysicalRange", &item->PhysicalRange))
            range_apply(sizes, pin, "PhysicalRange", &item->PhysicalRange);
    }
    return true;
}

static bool steppings_apply(struct attempt *a, struct sizes *sizes)
{
    for (unsigned i = 0; i < a->pipe->pins; i++) {
        const KS_FRAMING_ITEM *item = item_at(a, i);
        if (item && !preferences_only(item) &&
            !stepping_apply(a, sizes, pin_at(a, i), &item->FramingRange.Range))
            return false;
    }
    return true;
}

static bool sizes_solve(struct attempt *a, struct sizes *sizes)
{
    if (!ranges_apply(a, sizes, false) || !steppings_apply(a, sizes))
        return false;
    if (sizes->bytes > sizes->most)
        return lost(a, "%s wants %llu bytes, but %s.MaxFrameSize of %s allows %llu",
                    sizes->least_of, (unsigned long long)sizes->bytes, sizes->most_field,
                    sizes->most_of, (unsigned long long)sizes->most);
    if (sizes->bytes == 0)
        return lost(a, "neither the format's SampleSize nor a FramingRange says how large a frame "
                       "is");
    return true;
}

/* Preferences are met if all of them can be; else they are forgotten. */
static bool size_fits(struct attempt *a)
{
    struct sizes sizes = {.step = 1, .most = MAXULONG, .most_of = "", .most_field = ""}, liked;
    const struct plan_pin *head = pin_at(a, 0);
    char reason[PLAN_TEXT];

    for (unsigned i = 0; i < a->pipe->pins; i++) {
        if (pin_at(a, i)->sample_bytes > sizes.bytes) {
            sizes.bytes = pin_at(a, i)->sample_bytes;
            sizes.least_of = "the format (SampleSize)";
        }
    }
    sizes.least_of = sizes.least_of ? sizes.least_of : head->name;
    liked = sizes;
    memcpy(reason, a->fit->reason, sizeof(reason));
    if (!ranges_apply(a, &liked, true) || !sizes_solve(a, &liked)) {
        memcpy(a->fit->reason, reason, sizeof(reason));
        liked = sizes;
        if (!sizes_solve(a, &liked))
            return false;
    }
    a->fit->framing.FrameSize = (ULONG)liked.bytes;
    return true;
}

/* --- alignment, frames --------------------------------------------------------------------------
 */

static bool alignment_fits(struct attempt *a)
{
    ULONG given = a->place_item ? a->place_item->FileAlignment : 0;
    ULONG wanted = given;

    for (unsigned i = 0; i < a->pipe->pins; i++) {
        const KS_FRAMING_ITEM *item = item_at(a, i);
        const struct plan_pin *pin = pin_at(a, i);
        if (!item)
            continue;
        if (item->FileAlignment & (item->FileAlignment + 1))
            return lost(a, "%s contradicts itself: FileAlignment 0x%X is no mask (2^n - 1)",
                        pin->name, item->FileAlignment);
        if (preferences_only(item) && pin != a->place)
            continue;
        if (a->place->own && a->place_item && item->FileAlignment > given)
            return lost(a, "%s wants %u-byte alignment (FileAlignment), %s's framing allows %u",
                        pin->name, item->FileAlignment + 1, a->place->name, given + 1);
        wanted = item->FileAlignment > wanted ? item->FileAlignment : wanted;
    }
    a->fit->framing.FileAlignment = wanted;
    return true;
}

static bool frames_fit(struct attempt *a)
{
    ULONG limit = a->place->own && a->place_item ? a->place_item->Frames : 0;
    ULONG wanted = limit ? limit : FRAMES_ADVISED;

    for (unsigned i = 0; i < a->pipe->pins; i++) {
        const KS_FRAMING_ITEM *item = item_at(a, i);
        if (!item || item->Frames <= wanted || (preferences_only(item) && limit))
            continue;
        if (limit)
            return lost(a, "%s wants %u frames (Frames), %s's framing allows %u",
                        pin_at(a, i)->name, item->Frames, a->place->name, limit);
        wanted = item->Frames;
    }
    a->fit->framing.Frames = wanted;
    return true;
}

static bool attempt_fits(struct attempt *a)
{
    bool refuses;

    a->place_item = item_for(a->place, &a->memory, &refuses);
    a->fit->weight = 0;
    if (!allocation_is_free(a) || !memory_fits(a) || !size_fits(a) || !alignment_fits(a) ||
        !frames_fit(a))
        return false;
    bool system = is_kernel(&a->memory) || same(&a->memory, &memory_system);
    a->fit->framing.OptionsFlags = system ? KSALLOCATOR_OPTIONF_SYSTEM_MEMORY : 0;
    a->fit->framing.PoolType = same(&a->memory, &memory_paged) ? PagedPool : NonPagedPool;
    a->fit->memory = a->memory;
    a->fit->fits = true;
    return true;
}

/* The memory types that a place can offer: an own allocator what its items say, the pool both of
 * its kinds, non-paged first. */
static unsigned offers(const struct plan_pin *place, GUID *memory, unsigned most)
{
    unsigned count = 0;

    if (!place->own) {
        memory[count++] = memory_nonpaged;
        memory[count++] = memory_paged;
        return count;
    }
    for (ULONG i = 0; place->framing && i < place->framing->CountItems && count < most; i++) {
        const GUID *type = &place->framing->FramingItem[i].MemoryType;
        memory[count++] = same(type, &memory_any) ? memory_nonpaged : *type;
    }
    if (count == 0)
        memory[count++] = memory_nonpaged;
    return count;
}

void plan_fit(const struct plan *plan, const struct plan_pipe *pipe, int place,
              struct plan_fit *fit)
{
    GUID memory[16];
    unsigned count = offers(&plan->pins[place], memory, 16);

    memset(fit, 0, sizeof(*fit));
    for (unsigned i = 0; i < count; i++) {
        struct plan_fit one = {0};
        struct attempt attempt = {.plan = plan,
                                  .pipe = pipe,
                                  .place = &plan->pins[place],
                                  .memory = memory[i],
                                  .fit = &one};
        bool fits = attempt_fits(&attempt);
        if ((fits && (!fit->fits || one.weight > fit->weight)) || (!fit->fits && !fit->reason[0]))
            *fit = one;
    }
}
