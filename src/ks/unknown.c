/* COM face of the AVStream objects. Contract: unknown.h.
 * The face lives as long as its object; its reference count is a hint (Undocumented: Release to 0
 * frees nothing). */
#include "unknown.h"
#include "filter.h"
#include "header.h"
#include "pin.h"

struct face {
    IUnknown unknown; /* object->outer */
    IKsControl control;
    struct object *object;
    LONG references;
};

static struct face *face_of_unknown(IUnknown *unknown)
{
    return CONTAINING_RECORD(unknown, struct face, unknown);
}
static struct face *face_of_control(IKsControl *control)
{
    return CONTAINING_RECORD(control, struct face, control);
}

static PFILE_OBJECT file_of(struct object *object)
{
    if (object->type == OBJECT_PIN)
        return CONTAINING_RECORD(object, struct pin, base)->file;
    if (object->type == OBJECT_FILTER)
        return CONTAINING_RECORD(object, struct filter, base)->file;
    return NULL;
}

static NTSTATUS query(struct face *face, REFIID id, PVOID *result)
{
    *result = NULL;
    if (IsEqualGUID(id, &IID_IUnknown))
        *result = &face->unknown;
    else if (IsEqualGUID(id, &IID_IKsControl) && file_of(face->object) != NULL)
        *result = &face->control;
    if (*result != NULL) {
        InterlockedIncrement(&face->references);
        return STATUS_SUCCESS;
    }
    if (face->object->inner != NULL)
        return face->object->inner->lpVtbl->QueryInterface(face->object->inner, id, result);
    return STATUS_INVALID_PARAMETER;
}

static NTSTATUS NTAPI unknown_query(IUnknown *this, REFIID id, PVOID *result)
{
    return query(face_of_unknown(this), id, result);
}
static ULONG NTAPI unknown_add(IUnknown *this)
{
    return (ULONG)InterlockedIncrement(&face_of_unknown(this)->references);
}
static ULONG NTAPI unknown_release(IUnknown *this)
{
    return (ULONG)InterlockedDecrement(&face_of_unknown(this)->references);
}

static NTSTATUS NTAPI control_query(IKsControl *this, REFIID id, PVOID *result)
{
    return query(face_of_control(this), id, result);
}
static ULONG NTAPI control_add(IKsControl *this)
{
    return (ULONG)InterlockedIncrement(&face_of_control(this)->references);
}
static ULONG NTAPI control_release(IKsControl *this)
{
    return (ULONG)InterlockedDecrement(&face_of_control(this)->references);
}

static NTSTATUS control(IKsControl *this, ULONG code, PVOID in, ULONG in_bytes, PVOID out,
                        ULONG out_bytes, ULONG *returned)
{
    return KsSynchronousIoControlDevice(file_of(face_of_control(this)->object), KernelMode, code,
                                        in, in_bytes, out, out_bytes, returned);
}

static NTSTATUS NTAPI control_property(IKsControl *this, PKSPROPERTY property, ULONG length,
                                       PVOID data, ULONG data_length, ULONG *returned)
{
    return control(this, IOCTL_KS_PROPERTY, property, length, data, data_length, returned);
}
static NTSTATUS NTAPI control_method(IKsControl *this, PKSMETHOD method, ULONG length, PVOID data,
                                     ULONG data_length, ULONG *returned)
{
    return control(this, IOCTL_KS_METHOD, method, length, data, data_length, returned);
}
/* No event identifier: disable the event whose KSEVENTDATA is given. */
static NTSTATUS NTAPI control_event(IKsControl *this, PKSEVENT event, ULONG length, PVOID data,
                                    ULONG data_length, ULONG *returned)
{
    if (event == NULL || length == 0)
        return control(this, IOCTL_KS_DISABLE_EVENT, data, data_length, NULL, 0, returned);
    return control(this, IOCTL_KS_ENABLE_EVENT, event, length, data, data_length, returned);
}

static IUnknownVtbl unknown_table = {unknown_query, unknown_add, unknown_release};
static IKsControlVtbl control_table = {control_query,    control_add,    control_release,
                                       control_property, control_method, control_event};

/** The outer unknown of an AVStream object.
 *  @param Object  any of the four
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return the unknown, valid as long as the object; NULL: no memory
 *  @source ks.h, KsGetOuterUnknown */
PUNKNOWN NTAPI KsGetOuterUnknown(PVOID Object)
{
    struct object *object = object_from_public(Object);
    struct face *face;

    if (object->outer != NULL)
        return object->outer;
    face = object_allocate(sizeof(*face));
    if (face == NULL)
        return NULL;
    face->unknown.lpVtbl = &unknown_table;
    face->control.lpVtbl = &control_table;
    face->object = object;
    face->references = 1;
    if (InterlockedCompareExchangePointer((PVOID *)&object->outer, &face->unknown, NULL) != NULL)
        object_free(face);
    return object->outer;
}

/** Aggregate a client object: interfaces that the class driver does not have are asked of it.
 *  @param Object         any of the four
 *  @param ClientUnknown  referenced; takes the place of an earlier one
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return the outer unknown
 *  @source ks.h, KsRegisterAggregatedClientUnknown */
PUNKNOWN NTAPI KsRegisterAggregatedClientUnknown(PVOID Object, PUNKNOWN ClientUnknown)
{
    struct object *object = object_from_public(Object);
    PUNKNOWN old;

    if (ClientUnknown != NULL)
        ClientUnknown->lpVtbl->AddRef(ClientUnknown);
    old = InterlockedExchangePointer((PVOID *)&object->inner, ClientUnknown);
    if (old != NULL)
        old->lpVtbl->Release(old);
    return KsGetOuterUnknown(Object);
}

void unknown_free(struct object *object)
{
    if (object->inner != NULL)
        object->inner->lpVtbl->Release(object->inner);
    object->inner = NULL;
    if (object->outer != NULL)
        object_free(face_of_unknown(object->outer));
    object->outer = NULL;
}

static NTSTATUS ask(struct object *object, const GUID *id, PVOID *result)
{
    PUNKNOWN outer = KsGetOuterUnknown(object_to_public(object));

    *result = NULL;
    if (outer == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    return outer->lpVtbl->QueryInterface(outer, id, result);
}

/** An interface of the pin that this pin is connected to.
 *  @param Pin          the pin
 *  @param InterfaceId  which
 *  @param Interface    receives it, referenced
 *  @irql PASSIVE_LEVEL   @waits as the other pin's QueryInterface
 *  @return STATUS_SUCCESS; STATUS_UNSUCCESSFUL no AVStream neighbour (Undocumented); what
 *          QueryInterface returns
 *  @source ks.h, KsPinGetConnectedPinInterface */
NTSTATUS NTAPI KsPinGetConnectedPinInterface(PKSPIN Pin, const GUID *InterfaceId, PVOID *Interface)
{
    struct pin *peer = pin_from_public(Pin)->peer;

    *Interface = NULL;
    return peer != NULL ? ask(&peer->base, InterfaceId, Interface) : STATUS_UNSUCCESSFUL;
}

/** An interface of the filter that this pin is connected to.
 *  @param Pin          the pin
 *  @param InterfaceId  which
 *  @param Interface    receives it, referenced
 *  @irql PASSIVE_LEVEL   @waits as the other filter's QueryInterface
 *  @return STATUS_SUCCESS; STATUS_UNSUCCESSFUL no AVStream neighbour (Undocumented); what
 *          QueryInterface returns
 *  @source ks.h, KsPinGetConnectedFilterInterface */
NTSTATUS NTAPI KsPinGetConnectedFilterInterface(PKSPIN Pin, const GUID *InterfaceId,
                                                PVOID *Interface)
{
    struct pin *peer = pin_from_public(Pin)->peer;

    *Interface = NULL;
    return peer != NULL ? ask(&peer->filter->base, InterfaceId, Interface) : STATUS_UNSUCCESSFUL;
}
