/* Connect requests: decoding, checking, and the meeting of two AVStream pins.
 *
 * Undocumented: the statuses. STATUS_INVALID_PARAMETER a pin id, a communication or a direction
 * that does not fit, or a handle that is no pin's; STATUS_INVALID_BUFFER_SIZE sizes that contradict
 * each other, STATUS_NO_MATCH an interface, medium or format that the pin does not have,
 * STATUS_DEVICE_BUSY a sink that has its source already.
 * Lock: `peer` changes under the pipe lock; the sink's Connect and Disconnect run under the sink's
 * control mutex. */
#include "header.h"
#include "pin_dispatch.h"
#include "pipe.h"
#include "request_name.h"
#include "stream.h"

/* {7d6f8a52-51b1-4f0e-9f6c-776569720002}: Argument1 is the source's struct pin. */
static const GUID link_protocol = {
    0x7d6f8a52, 0x51b1, 0x4f0e, {0x9f, 0x6c, 0x77, 0x65, 0x69, 0x72, 0x00, 0x02}};

/* --- decode -------------------------------------------------------------------------- */

NTSTATUS connect_decode(PIRP irp, struct connect_request *request)
{
    PVOID parameter;
    ULONG bytes;
    NTSTATUS status = request_name_parameter(irp, sizeof(KSPIN_CONNECT) + sizeof(KSDATAFORMAT),
                                             &parameter, &bytes);

    if (!NT_SUCCESS(status))
        return status;
    request->connect = parameter;
    request->format = (PKSDATAFORMAT)(request->connect + 1);
    return format_decode(request->format, bytes - sizeof(KSPIN_CONNECT), &request->attributes);
}

static bool identifier_listed(const KSIDENTIFIER *wanted, const KSIDENTIFIER *list, ULONG count,
                              const GUID *standard)
{
    if (count == 0 || list == NULL)
        return IsEqualGUID(&wanted->Set, standard) && wanted->Id == 0 && wanted->Flags == 0;
    for (ULONG i = 0; i < count; i++)
        if (IsEqualGUID(&wanted->Set, &list[i].Set) && wanted->Id == list[i].Id &&
            wanted->Flags == list[i].Flags)
            return true;
    return false;
}

static bool communication_fits(KSPIN_COMMUNICATION type, bool has_sink)
{
    switch (type) {
    case KSPIN_COMMUNICATION_SINK:
        return !has_sink;
    case KSPIN_COMMUNICATION_SOURCE:
        return has_sink;
    case KSPIN_COMMUNICATION_BOTH:
        return true;
    default: /* NONE and BRIDGE are not for connecting */
        return false;
    }
}

NTSTATUS connect_validate(const struct connect_request *request, const KSPIN_DESCRIPTOR *descriptor)
{
    const KSPIN_CONNECT *connect = request->connect;
    const KSATTRIBUTE_LIST *allowed;
    const KSDATARANGE *range;
    ULONG i = 0;

    if (!communication_fits(descriptor->Communication, connect->PinToHandle != NULL))
        return STATUS_INVALID_PARAMETER;
    if (!identifier_listed(&connect->Interface, descriptor->Interfaces, descriptor->InterfacesCount,
                           &KSINTERFACESETID_Standard))
        return STATUS_NO_MATCH;
    if (!identifier_listed(&connect->Medium, descriptor->Mediums, descriptor->MediumsCount,
                           &KSMEDIUMSETID_Standard))
        return STATUS_NO_MATCH;
    while ((range = range_next(descriptor, &i, &allowed)) != NULL)
        if (format_matches_range(request->format, range) &&
            attributes_match(request->format, request->attributes, range, allowed))
            return STATUS_SUCCESS;
    return STATUS_NO_MATCH;
}

NTSTATUS connect_peer_file(PIRP irp, const KSPIN_CONNECT *connect, PFILE_OBJECT *file)
{
    NTSTATUS status;

    *file = NULL;
    if (connect->PinToHandle == NULL)
        return STATUS_SUCCESS;
    status = ObReferenceObjectByHandle(connect->PinToHandle, 0, *IoFileObjectType,
                                       irp->RequestorMode, (PVOID *)file, NULL);
    if (!NT_SUCCESS(status) || object_from_file(*file) == NULL || pin_from_file(*file) != NULL)
        return status; /* a foreign driver's file is its own matter */
    ObDereferenceObject(*file);
    *file = NULL;
    return STATUS_INVALID_PARAMETER;
}

/** Check a pin create request of a KS 1.0 driver.
 *  @param Irp               IRP_MJ_CREATE, class KSNAME_Pin
 *  @param DescriptorsCount  entries of Descriptor
 *  @param Descriptor        pin types by id
 *  @param Connect           receives the request, a KSDATAFORMAT behind it; valid as long as the
 *                           IRP
 *  @irql PASSIVE_LEVEL   @waits never
 *  @return STATUS_SUCCESS. Undocumented: STATUS_INVALID_PARAMETER, STATUS_INVALID_BUFFER_SIZE,
 *          STATUS_NO_MATCH
 *  @source ks.h, KsValidateConnectRequest */
NTSTATUS NTAPI KsValidateConnectRequest(PIRP Irp, ULONG DescriptorsCount,
                                        const KSPIN_DESCRIPTOR *Descriptor, PKSPIN_CONNECT *Connect)
{
    struct connect_request request;
    NTSTATUS status = connect_decode(Irp, &request);

    if (!NT_SUCCESS(status))
        return status;
    if (request.connect->PinId >= DescriptorsCount)
        return STATUS_INVALID_PARAMETER;
    status = connect_validate(&request, &Descriptor[request.connect->PinId]);
    if (NT_SUCCESS(status))
        *Connect = request.connect;
    return status;
}

/* --- neighbours ---------------------------------------------------------------------- */

static NTSTATUS tell_sink(struct pin *sink)
{
    const KSPIN_DISPATCH *dispatch = sink->ks.Descriptor->Dispatch;
    NTSTATUS status = STATUS_SUCCESS;

    filter_acquire_control(sink->filter);
    if (dispatch != NULL && dispatch->Connect != NULL)
        status = dispatch->Connect(&sink->ks);
    sink->linked = NT_SUCCESS(status);
    filter_release_control(sink->filter);
    return status;
}

static void forget_each_other(struct pin *source, struct pin *sink)
{
    pipe_lock();
    source->peer = NULL;
    source->ks.ConnectionIsExternal = TRUE;
    sink->peer = NULL;
    sink->ks.ConnectionIsExternal = TRUE;
    pipe_unlock();
}

/* The sink's side of pin_link. */
static NTSTATUS accept_source(struct pin *sink, struct pin *source)
{
    NTSTATUS status = STATUS_SUCCESS;

    pipe_lock();
    if (sink->peer != NULL)
        status = STATUS_DEVICE_BUSY;
    else if (!sink->standard_transport || sink->leaving || sink->gone || pin_is_source(sink))
        status = STATUS_NOT_SUPPORTED;
    else if (sink->ks.DataFlow == source->ks.DataFlow)
        status = STATUS_INVALID_PARAMETER;
    if (NT_SUCCESS(status)) {
        sink->peer = source;
        sink->ks.ConnectionIsExternal = FALSE;
        source->peer = sink;
        source->ks.ConnectionIsExternal = FALSE;
    }
    pipe_unlock();
    if (!NT_SUCCESS(status))
        return status;
    status = tell_sink(sink);
    if (!NT_SUCCESS(status))
        forget_each_other(source, sink);
    return status;
}

NTSTATUS pin_link(struct pin *source)
{
    KSHANDSHAKE in = {link_protocol, source, NULL}, out;
    struct pin *sink = pin_from_file(source->peer_file);
    ULONG bytes;
    NTSTATUS status;

    source->foreign =
        source->standard_transport && source->peer_file != NULL && sink == NULL; /* by IRP */
    if (!source->standard_transport || sink == NULL)
        return STATUS_SUCCESS;
    status = KsSynchronousIoControlDevice(source->peer_file, KernelMode, IOCTL_KS_HANDSHAKE, &in,
                                          sizeof(in), &out, sizeof(out), &bytes);
    return status == STATUS_NOT_SUPPORTED ? STATUS_SUCCESS : status;
}

void pin_unlink(struct pin *source)
{
    struct pin *sink = source->peer;
    const KSPIN_DISPATCH *dispatch;

    if (sink == NULL || !pin_is_source(source))
        return;
    forget_each_other(source, sink);
    dispatch = sink->ks.Descriptor->Dispatch;
    filter_acquire_control(sink->filter);
    if (sink->linked && dispatch != NULL && dispatch->Disconnect != NULL)
        dispatch->Disconnect(&sink->ks);
    sink->linked = false;
    filter_release_control(sink->filter);
}

static NTSTATUS answer_handshake(struct pin *pin, PKSHANDSHAKE in, PKSHANDSHAKE out)
{
    *out = *in;
    if (IsEqualGUID(&in->ProtocolId, &link_protocol))
        return accept_source(pin, in->Argument1);
    if (pin->handshake == NULL)
        return STATUS_NOT_SUPPORTED;
    return pin->handshake(&pin->ks, in, out);
}

NTSTATUS pin_handshake_ioctl(struct pin *pin, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    KSHANDSHAKE in, out;
    NTSTATUS status;

    if (irp->RequestorMode != KernelMode)
        return request_complete(irp, STATUS_INVALID_DEVICE_REQUEST);
    if (stack->Parameters.DeviceIoControl.InputBufferLength != sizeof(in) ||
        stack->Parameters.DeviceIoControl.OutputBufferLength != sizeof(out))
        return request_complete(irp, STATUS_INVALID_BUFFER_SIZE);
    in = *(PKSHANDSHAKE)stack->Parameters.DeviceIoControl.Type3InputBuffer;
    status = answer_handshake(pin, &in, &out);
    if (!NT_SUCCESS(status))
        return request_complete(irp, status);
    *(PKSHANDSHAKE)irp->UserBuffer = out;
    irp->IoStatus.Information = sizeof(out);
    irp->IoStatus.Status = status;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}

/** Talk a protocol with the connected pin.
 *  @param Pin  a pin with an AVStream neighbour
 *  @param In   the question
 *  @param Out  receives the answer
 *  @irql PASSIVE_LEVEL   @waits as the other pin's handshake callback
 *  @return what the callback returns; Undocumented: STATUS_NOT_SUPPORTED no callback;
 *          STATUS_NOT_FOUND no neighbour
 *  @source ks.h, KsPinHandshake */
NTSTATUS NTAPI KsPinHandshake(PKSPIN Pin, PKSHANDSHAKE In, PKSHANDSHAKE Out)
{
    struct pin *peer = pin_from_public(Pin)->peer;

    if (peer == NULL)
        return STATUS_NOT_FOUND;
    if (peer->handshake == NULL)
        return STATUS_NOT_SUPPORTED;
    *Out = *In;
    return peer->handshake(&peer->ks, In, Out);
}

/** Be asked for handshakes of protocols that the class driver does not know.
 *  @param Pin        the pin
 *  @param Handshake  NULL: no more
 *  @irql PASSIVE_LEVEL   @waits never   @return nothing
 *  @source ks.h, KsPinRegisterHandshakeCallback */
VOID NTAPI KsPinRegisterHandshakeCallback(PKSPIN Pin, PFNKSPINHANDSHAKE Handshake)
{
    pin_from_public(Pin)->handshake = Handshake;
}

/** Be told when the pin's device goes to sleep and wakes.
 *  @param Pin    the pin; with a Process dispatch of its own, or it is not told
 *  @param Sleep  optional; device, control and processing mutex are held
 *  @param Wake   optional; device, control and processing mutex are held
 *  @irql PASSIVE_LEVEL   @waits never   @return nothing
 *  @source ks.h, KsPinRegisterPowerCallbacks */
VOID NTAPI KsPinRegisterPowerCallbacks(PKSPIN Pin, PFNKSPINPOWER Sleep, PFNKSPINPOWER Wake)
{
    struct pin *pin = pin_from_public(Pin);

    pin->sleep = Sleep;
    pin->wake = Wake;
}

/** The file object of the pin that this source pin sends to.
 *  @param Pin  a source pin
 *  @irql <= DISPATCH_LEVEL   @waits never   @return the file; NULL for a sink
 *  @source ks.h, KsPinGetConnectedPinFileObject */
PFILE_OBJECT NTAPI KsPinGetConnectedPinFileObject(PKSPIN Pin)
{
    return pin_from_public(Pin)->peer_file;
}

/** The device that this source pin sends to.
 *  @param Pin  a source pin
 *  @irql <= DISPATCH_LEVEL   @waits never   @return the top of that device's stack; NULL for a sink
 *  @source ks.h, KsPinGetConnectedPinDeviceObject */
PDEVICE_OBJECT NTAPI KsPinGetConnectedPinDeviceObject(PKSPIN Pin)
{
    PFILE_OBJECT file = pin_from_public(Pin)->peer_file;
    return file != NULL ? IoGetRelatedDeviceObject(file) : NULL;
}
