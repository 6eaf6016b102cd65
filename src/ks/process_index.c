/* The index of a filter's pins that Process gets: by pin type, instances in order of creation.
 *
 * It lists pins with a queue; stopped extras stay in it. Pins without one (no standard transport)
 * only count for InstancesNecessary, so they are in `pin` but not in `entries`.
 * Lock: built under the control mutex, replaced under the processing mutex. */
#include "process_inside.h"

static ULONG filter_pins(struct filter *filter)
{
    ULONG pins = 0;

    for (ULONG type = 0; type < filter->pin_types; type++)
        for (PLIST_ENTRY link = filter->types[type].pins.Flink; link != &filter->types[type].pins;
             link = link->Flink)
            pins++;
    return pins;
}

NTSTATUS process_index_build(struct filter *filter, struct process_index **result)
{
    ULONG pins = filter_pins(filter), types = filter->pin_types;
    struct process_index *index;
    PKSPROCESSPIN *slot;

    *result = NULL;
    index = ExAllocatePoolZero(NonPagedPoolNx,
                               sizeof(*index) +
                                   types * (sizeof(KSPROCESSPIN_INDEXENTRY) + sizeof(ULONG)) +
                                   pins * (sizeof(struct index_pin) + sizeof(PKSPROCESSPIN)),
                               PROCESS_TAG);
    if (!index)
        return STATUS_INSUFFICIENT_RESOURCES;
    index->types = types;
    index->entries = (PKSPROCESSPIN_INDEXENTRY)(index + 1);
    index->pin = (struct index_pin *)(index->entries + types);
    slot = (PKSPROCESSPIN *)(index->pin + pins);
    index->necessary = (PULONG)(slot + pins);
    for (ULONG type = 0; type < types; type++) {
        PLIST_ENTRY head = &filter->types[type].pins;
        index->entries[type].Pins = slot;
        index->necessary[type] = filter->types[type].descriptor->InstancesNecessary;
        for (PLIST_ENTRY link = head->Flink; link != head; link = link->Flink) {
            struct pin *pin = CONTAINING_RECORD(link, struct pin, type_link);
            index->pin[index->pins++] = (struct index_pin){.pin = pin, .type = type};
            if (!pin->queue)
                continue;
            *slot++ = &pin->queue->process.ks;
            index->entries[type].Count++;
        }
    }
    *result = index;
    return STATUS_SUCCESS;
}

void process_index_free(struct process_index *index)
{
    if (index)
        ExFreePoolWithTag(index, PROCESS_TAG);
}

/* Built under both mutexes, so that a queue that is being destroyed cannot slip in. */
void process_pins_changed(struct process *process)
{
    struct process_index *index, *old;

    if (!process->filter)
        return;
    process_acquire(process);
    if (!NT_SUCCESS(process_index_build(process->filter, &index)))
        ks_report("KsFilterProcess", "no memory for the index of process pins: the filter does not "
                                     "process until a pin leaves STOP");
    old = process->index;
    process->index = index;
    process_release(process);
    process_index_free(old);
}

NTSTATUS process_prepare(struct process *process)
{
    bool there;

    if (!process->filter)
        return STATUS_SUCCESS;
    process_acquire(process);
    there = process->index != NULL;
    process_release(process);
    if (!there)
        process_pins_changed(process);
    return process->index ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

/* Out of the entries that Process gets; the others move up. */
static void entry_remove(PKSPROCESSPIN_INDEXENTRY entry, PKSPROCESSPIN pin)
{
    ULONG kept = 0;

    for (ULONG i = 0; i < entry->Count; i++)
        if (entry->Pins[i] != pin)
            entry->Pins[kept++] = entry->Pins[i];
    entry->Count = kept;
}

/* Whoever destroys the queue may not have been able to rebuild the index (the pin is still listed
 * then). */
void process_pin_forget(struct pin *pin, PKSPROCESSPIN process_pin)
{
    struct process *process = pin->filter->process;
    struct process_index *index;

    if (!process) {
        pin->queue = NULL;
        return;
    }
    process_acquire(process);
    pin->queue = NULL;
    index = process->index;
    for (ULONG type = 0; index && type < index->types; type++)
        entry_remove(&index->entries[type], process_pin);
    process_release(process);
}
