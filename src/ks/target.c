/* Stack depth of KS 1.0 devices whose objects forward IRPs to other devices. */
#include "header.h"

/** Tell where an object forwards its IRPs to.
 *  @param Header        object header, made with its create IRP
 *  @param TargetDevice  optional: NULL forwards nowhere
 *  @irql PASSIVE_LEVEL   @waits for the device header's lock   @return nothing
 *  @source ks.h, KsSetTargetDeviceObject */
VOID NTAPI KsSetTargetDeviceObject(KSOBJECT_HEADER Header, PDEVICE_OBJECT TargetDevice)
{
    struct object_header *header = Header;
    struct device_header *device = device_header_of(header->device);

    if (device == NULL)
        return;
    KsAcquireDeviceSecurityLock(device, TRUE);
    if (!IsListEmpty(&header->link)) {
        RemoveEntryList(&header->link);
        InitializeListHead(&header->link);
    }
    header->target = TargetDevice;
    if (TargetDevice != NULL)
        InsertTailList(&device->objects, &header->link);
    KsReleaseDeviceSecurityLock(device);
}

/** Let an object's target count for the stack depth, or not.
 *  @param Header       object header
 *  @param TargetState  enabled or disabled
 *  @irql <= DISPATCH_LEVEL   @waits never   @return nothing
 *  @source ks.h, KsSetTargetState */
VOID NTAPI KsSetTargetState(KSOBJECT_HEADER Header, KSTARGET_STATE TargetState)
{
    ((struct object_header *)Header)->target_enabled = TargetState == KSTARGET_STATE_ENABLED;
}

/** Give the device a stack size that suffices for all enabled targets.
 *  @param Header              device header, with KsSetDevicePnpAndBaseObject
 *  @param ReuseStackLocation  TRUE: IRPs are forwarded in their current location
 *  @irql PASSIVE_LEVEL   @waits for the device header's lock   @return nothing
 *  @source ks.h, KsRecalculateStackDepth */
VOID NTAPI KsRecalculateStackDepth(KSDEVICE_HEADER Header, BOOLEAN ReuseStackLocation)
{
    struct device_header *header = Header;
    CCHAR depth;

    if (header->base_object == NULL)
        return;
    KsAcquireDeviceSecurityLock(header, TRUE);
    depth = header->pnp_object != NULL ? header->pnp_object->StackSize : 0;
    for (PLIST_ENTRY e = header->objects.Flink; e != &header->objects; e = e->Flink) {
        struct object_header *object = CONTAINING_RECORD(e, struct object_header, link);
        if (object->target_enabled && object->target->StackSize > depth)
            depth = object->target->StackSize;
    }
    header->base_object->StackSize = (CCHAR)(ReuseStackLocation && depth > 0 ? depth : depth + 1);
    KsReleaseDeviceSecurityLock(header);
}
