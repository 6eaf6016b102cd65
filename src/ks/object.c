/* What the four AVStream objects share: initialization, relatives, control mutex, outer unknown.
 * Contract: object.h. */
#include "object.h"
#include "device.h"
#include "factory.h"
#include "filter.h"
#include "header.h"
#include "pin.h"
#include "stream.h"

void object_init(struct object *object, enum object_type type, struct object *parent)
{
    object->magic = OBJECT_MAGIC;
    object->type = type;
    object->id = watch_object_id();
    object->parent = parent;
    InitializeListHead(&object->children);
    InitializeListHead(&object->sibling);
    InitializeListHead(&object->events);
    KeInitializeSpinLock(&object->events_lock);
}

static PVOID entry_public(PLIST_ENTRY entry, PLIST_ENTRY head)
{
    return entry == head ? NULL
                         : object_to_public(CONTAINING_RECORD(entry, struct object, sibling));
}

/** The parent of a filter factory or filter.
 *  @param Object  PKSFILTERFACTORY or PKSFILTER; Undocumented: a PKSPIN gives its filter
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @return the parent; NULL for a device
 *  @source ks.h, KsGetParent */
PVOID NTAPI KsGetParent(PVOID Object)
{
    struct object *parent = object_from_public(Object)->parent;
    return parent != NULL ? object_to_public(parent) : NULL;
}

/** The filter that a pin belongs to.
 *  @param Pin  the pin
 *  @irql <= DISPATCH_LEVEL   @waits never   @return the filter
 *  @source ks.h, KsPinGetParentFilter */
PKSFILTER NTAPI KsPinGetParentFilter(PKSPIN Pin)
{
    return &pin_from_public(Pin)->filter->ks;
}

/** The first child of a device or filter factory, in order of creation.
 *  @param Object  PKSDEVICE or PKSFILTERFACTORY; hold the device mutex
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return the child or NULL. Undocumented: a filter gives its first pin of any type
 *  @source ks.h, KsGetFirstChild */
PVOID NTAPI KsGetFirstChild(PVOID Object)
{
    struct object *object = object_from_public(Object);
    return entry_public(object->children.Flink, &object->children);
}

/** The next child of the same parent.
 *  @param Object  PKSFILTERFACTORY or PKSFILTER; hold the device mutex
 *  @irql PASSIVE_LEVEL   @waits never   @return the sibling or NULL
 *  @source ks.h, KsGetNextSibling */
PVOID NTAPI KsGetNextSibling(PVOID Object)
{
    struct object *object = object_from_public(Object);

    if (object->parent == NULL)
        return NULL;
    return entry_public(object->sibling.Flink, &object->parent->children);
}

/** Pins that are instantiated of one type.
 *  @param Filter  the filter; hold its control mutex
 *  @param PinId   the type
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return their number; Undocumented: 0 for an id that does not exist
 *  @source ks.h, KsFilterGetChildPinCount */
ULONG NTAPI KsFilterGetChildPinCount(PKSFILTER Filter, ULONG PinId)
{
    struct filter *filter = filter_from_public(Filter);
    return PinId < filter->pin_types ? filter->types[PinId].instances : 0;
}

struct pin *filter_first_pin(struct filter *filter, ULONG pin_id)
{
    PLIST_ENTRY head;

    if (pin_id >= filter->pin_types)
        return NULL;
    head = &filter->types[pin_id].pins;
    return IsListEmpty(head) ? NULL : CONTAINING_RECORD(head->Flink, struct pin, type_link);
}

struct pin *pin_next_sibling(struct pin *pin)
{
    PLIST_ENTRY head = &pin->filter->types[pin->ks.Id].pins;

    return pin->type_link.Flink == head
               ? NULL
               : CONTAINING_RECORD(pin->type_link.Flink, struct pin, type_link);
}

/** The first pin of a type, in order of creation.
 *  @param Filter  the filter; hold its control mutex
 *  @param PinId   the type
 *  @irql PASSIVE_LEVEL   @waits never   @return the pin or NULL
 *  @source ks.h, KsFilterGetFirstChildPin */
PKSPIN NTAPI KsFilterGetFirstChildPin(PKSFILTER Filter, ULONG PinId)
{
    struct pin *pin = filter_first_pin(filter_from_public(Filter), PinId);
    return pin != NULL ? &pin->ks : NULL;
}

/** The next pin of the same type.
 *  @param Pin  a pin; hold its filter's control mutex
 *  @irql PASSIVE_LEVEL   @waits never   @return the pin or NULL
 *  @source ks.h, KsPinGetNextSiblingPin */
PKSPIN NTAPI KsPinGetNextSiblingPin(PKSPIN Pin)
{
    struct pin *pin = pin_next_sibling(pin_from_public(Pin));
    return pin != NULL ? &pin->ks : NULL;
}

/** The device of any AVStream object.
 *  @param Object  PKSDEVICE, PKSFILTERFACTORY, PKSFILTER or PKSPIN
 *  @irql <= DISPATCH_LEVEL   @waits never   @return the device
 *  @source ks.h, KsGetDevice */
PKSDEVICE NTAPI KsGetDevice(PVOID Object)
{
    struct object *object = object_from_public(Object);

    while (object->parent != NULL)
        object = object->parent;
    return object_to_public(object);
}

/* --- from files and IRPs ------------------------------------------------------------- */

struct pin *pin_from_file(PFILE_OBJECT file)
{
    struct object *object = object_from_file(file);

    return object != NULL && object->type == OBJECT_PIN && !object_header_of(file)->is_node
               ? CONTAINING_RECORD(object, struct pin, base)
               : NULL;
}

/** The AVStream object of a file.
 *  @param FileObject  of a filter or pin
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @return PKSFILTER or PKSPIN; Undocumented: NULL for a file that is neither
 *  @source ks.h, KsGetObjectFromFileObject */
PVOID NTAPI KsGetObjectFromFileObject(PFILE_OBJECT FileObject)
{
    struct object *object = object_from_file(FileObject);
    return object != NULL ? object_to_public(object) : NULL;
}

/** The type of the AVStream object of a file.
 *  @param FileObject  of a filter or pin
 *  @irql <= DISPATCH_LEVEL   @waits never
 *  @return KsObjectTypeFilter or KsObjectTypePin; Undocumented: KsObjectTypeDevice for a file that
 *          is neither
 *  @source ks.h, KsGetObjectTypeFromFileObject */
KSOBJECTTYPE NTAPI KsGetObjectTypeFromFileObject(PFILE_OBJECT FileObject)
{
    struct object *object = object_from_file(FileObject);
    return object != NULL ? (KSOBJECTTYPE)object->type : KsObjectTypeDevice;
}

/** The type of the AVStream object that an IRP is for.
 *  @param Irp  at a filter or pin
 *  @irql <= DISPATCH_LEVEL   @waits never   @return as KsGetObjectTypeFromFileObject
 *  @source ks.h, KsGetObjectTypeFromIrp */
KSOBJECTTYPE NTAPI KsGetObjectTypeFromIrp(PIRP Irp)
{
    return KsGetObjectTypeFromFileObject(IoGetCurrentIrpStackLocation(Irp)->FileObject);
}

static struct object *object_from_irp(PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    struct object_header *header = object_header_of(stack->FileObject);

    return header != NULL ? header->object : NULL;
}

/** The filter that an IRP is for, directly or by one of its pins.
 *  @param Irp  the request
 *  @irql <= DISPATCH_LEVEL   @waits never   @return the filter or NULL
 *  @source ks.h, KsGetFilterFromIrp */
PKSFILTER NTAPI KsGetFilterFromIrp(PIRP Irp)
{
    struct object *object = object_from_irp(Irp);

    if (object != NULL && object->type == OBJECT_PIN)
        object = object->parent;
    return object != NULL && object->type == OBJECT_FILTER ? object_to_public(object) : NULL;
}

/** The pin that an IRP is for.
 *  @param Irp  the request
 *  @irql <= DISPATCH_LEVEL   @waits never   @return the pin; NULL: it is for a filter
 *  @source ks.h, KsGetPinFromIrp */
PKSPIN NTAPI KsGetPinFromIrp(PIRP Irp)
{
    struct object *object = object_from_irp(Irp);
    return object != NULL && object->type == OBJECT_PIN ? object_to_public(object) : NULL;
}

/* --- control mutex ------------------------------------------------------------------- */

/* The owner is written by itself alone; whoever asks, asks whether it is itself: relaxed. */
void filter_acquire_control(struct filter *filter)
{
    KeWaitForSingleObject(&filter->control, Executive, KernelMode, FALSE, NULL);
    __atomic_store_n(&filter->control_owner, KeGetCurrentThread(), __ATOMIC_RELAXED);
}

void filter_release_control(struct filter *filter)
{
    __atomic_store_n(&filter->control_owner, NULL, __ATOMIC_RELAXED);
    KeReleaseMutex(&filter->control, FALSE);
}

bool filter_owns_control(struct filter *filter)
{
    return __atomic_load_n(&filter->control_owner, __ATOMIC_RELAXED) == KeGetCurrentThread();
}

static struct filter *filter_of(PVOID public_object, const char *function)
{
    struct object *object = object_from_public(public_object);

    if (object->type == OBJECT_PIN)
        object = object->parent;
    if (object->magic == OBJECT_MAGIC && object->type == OBJECT_FILTER)
        return CONTAINING_RECORD(object, struct filter, base);
    DbgPrint("ks: %s: the object is neither a filter nor a pin\n", function);
    KeBugCheckEx(0xC4, (ULONG_PTR)public_object, 0, 0, 0); /* DRIVER_VERIFIER_DETECTED_VIOLATION */
    return NULL;
}

/** Take the control mutex of a filter, or of the filter that a pin belongs to.
 *  @param Object  PKSFILTER or PKSPIN
 *  @irql PASSIVE_LEVEL   @waits until it is free. Order: after the device mutex, before processing
 *  @return nothing. Undocumented: taken twice by one thread: bug check 0xBF (MUTEX_ALREADY_OWNED)
 *  @source ks.h, KsAcquireControl */
VOID NTAPI KsAcquireControl(PVOID Object)
{
    struct filter *filter = filter_of(Object, "KsAcquireControl");

    if (filter_owns_control(filter)) {
        DbgPrint("ks: KsAcquireControl: this thread holds the filter's control mutex already\n");
        KeBugCheckEx(0xBF, (ULONG_PTR)KeGetCurrentThread(), (ULONG_PTR)&filter->control, 0, 0);
    }
    filter_acquire_control(filter);
}

/** Give the control mutex back.
 *  @param Object  PKSFILTER or PKSPIN
 *  @irql PASSIVE_LEVEL   @waits never   @return nothing
 *  @source ks.h, KsReleaseControl */
VOID NTAPI KsReleaseControl(PVOID Object)
{
    struct filter *filter = filter_of(Object, "KsReleaseControl");

    if (!filter_owns_control(filter))
        DbgPrint("ks: KsReleaseControl: this thread does not hold the filter's control mutex\n");
    filter_release_control(filter);
}
