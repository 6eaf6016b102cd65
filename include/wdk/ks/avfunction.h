/* AVStream: functions of the class driver, and the typed inline forms of those that take any
 * object. */
#ifndef WEIR_WDK_KS_AVFUNCTION_H
#define WEIR_WDK_KS_AVFUNCTION_H
#ifdef __cplusplus
extern "C" {
#endif

KSDDKAPI NTSTATUS NTAPI KsMergeAutomationTables(PKSAUTOMATION_TABLE *AutomationTableAB,
                                                PKSAUTOMATION_TABLE AutomationTableA,
                                                PKSAUTOMATION_TABLE AutomationTableB,
                                                KSOBJECT_BAG Bag);
KSDDKAPI NTSTATUS NTAPI KsInitializeDriver(PDRIVER_OBJECT DriverObject,
                                           PUNICODE_STRING RegistryPathName,
                                           const KSDEVICE_DESCRIPTOR *Descriptor);
KSDDKAPI NTSTATUS NTAPI KsAddDevice(PDRIVER_OBJECT DriverObject,
                                    PDEVICE_OBJECT PhysicalDeviceObject);
KSDDKAPI NTSTATUS NTAPI KsCreateDevice(PDRIVER_OBJECT DriverObject,
                                       PDEVICE_OBJECT PhysicalDeviceObject,
                                       const KSDEVICE_DESCRIPTOR *Descriptor, ULONG ExtensionSize,
                                       PKSDEVICE *Device);
KSDDKAPI NTSTATUS NTAPI KsInitializeDevice(PDEVICE_OBJECT FunctionalDeviceObject,
                                           PDEVICE_OBJECT PhysicalDeviceObject,
                                           PDEVICE_OBJECT NextDeviceObject,
                                           const KSDEVICE_DESCRIPTOR *Descriptor);
KSDDKAPI VOID NTAPI KsTerminateDevice(PDEVICE_OBJECT DeviceObject);
KSDDKAPI PKSDEVICE NTAPI KsGetDeviceForDeviceObject(PDEVICE_OBJECT FunctionalDeviceObject);
KSDDKAPI VOID NTAPI KsAcquireDevice(PKSDEVICE Device);
KSDDKAPI VOID NTAPI KsReleaseDevice(PKSDEVICE Device);
KSDDKAPI VOID NTAPI KsDeviceRegisterAdapterObject(PKSDEVICE Device, PADAPTER_OBJECT AdapterObject,
                                                  ULONG MaxMappingsByteCount,
                                                  ULONG MappingTableStride);
KSDDKAPI ULONG NTAPI KsDeviceGetBusData(PKSDEVICE Device, ULONG DataType, PVOID Buffer,
                                        ULONG Offset, ULONG Length);
KSDDKAPI ULONG NTAPI KsDeviceSetBusData(PKSDEVICE Device, ULONG DataType, PVOID Buffer,
                                        ULONG Offset, ULONG Length);
KSDDKAPI NTSTATUS NTAPI
KsCreateFilterFactory(PDEVICE_OBJECT DeviceObject, const KSFILTER_DESCRIPTOR *Descriptor,
                      PWSTR RefString, PSECURITY_DESCRIPTOR SecurityDescriptor,
                      ULONG CreateItemFlags, PFNKSFILTERFACTORYPOWER SleepCallback,
                      PFNKSFILTERFACTORYPOWER WakeCallback, PKSFILTERFACTORY *FilterFactory);

#define KsDeleteFilterFactory(FilterFactory)                                                       \
    KsFreeObjectCreateItemsByContext(                                                              \
        *(KSDEVICE_HEADER *)(KsFilterFactoryGetParentDevice(FilterFactory)                         \
                                 ->FunctionalDeviceObject->DeviceExtension),                       \
        FilterFactory)

KSDDKAPI NTSTATUS NTAPI KsFilterFactoryUpdateCacheData(PKSFILTERFACTORY FilterFactory,
                                                       const KSFILTER_DESCRIPTOR *FilterDescriptor);
KSDDKAPI NTSTATUS NTAPI KsFilterFactoryAddCreateItem(PKSFILTERFACTORY FilterFactory,
                                                     PWSTR RefString,
                                                     PSECURITY_DESCRIPTOR SecurityDescriptor,
                                                     ULONG CreateItemFlags);
KSDDKAPI NTSTATUS NTAPI KsFilterFactorySetDeviceClassesState(PKSFILTERFACTORY FilterFactory,
                                                             BOOLEAN NewState);
KSDDKAPI PUNICODE_STRING NTAPI KsFilterFactoryGetSymbolicLink(PKSFILTERFACTORY FilterFactory);
KSDDKAPI VOID NTAPI KsAddEvent(PVOID Object, PKSEVENT_ENTRY EventEntry);

__forceinline void KsFilterAddEvent(PKSFILTER Filter, PKSEVENT_ENTRY EventEntry)
{
    KsAddEvent(Filter, EventEntry);
}

__forceinline void KsPinAddEvent(PKSPIN Pin, PKSEVENT_ENTRY EventEntry)
{
    KsAddEvent(Pin, EventEntry);
}

KSDDKAPI NTSTATUS NTAPI KsDefaultAddEventHandler(PIRP Irp, PKSEVENTDATA EventData,
                                                 PKSEVENT_ENTRY EventEntry);
KSDDKAPI VOID NTAPI KsGenerateEvents(PVOID Object, const GUID *EventSet, ULONG EventId,
                                     ULONG DataSize, PVOID Data,
                                     PFNKSGENERATEEVENTCALLBACK CallBack, PVOID CallBackContext);

__forceinline void KsFilterGenerateEvents(PKSFILTER Filter, const GUID *EventSet, ULONG EventId,
                                          ULONG DataSize, PVOID Data,
                                          PFNKSGENERATEEVENTCALLBACK CallBack,
                                          PVOID CallBackContext)
{
    KsGenerateEvents(Filter, EventSet, EventId, DataSize, Data, CallBack, CallBackContext);
}

__forceinline void KsPinGenerateEvents(PKSPIN Pin, const GUID *EventSet, ULONG EventId,
                                       ULONG DataSize, PVOID Data,
                                       PFNKSGENERATEEVENTCALLBACK CallBack, PVOID CallBackContext)
{
    KsGenerateEvents(Pin, EventSet, EventId, DataSize, Data, CallBack, CallBackContext);
}

typedef enum {
    KSSTREAM_POINTER_STATE_UNLOCKED = 0,
    KSSTREAM_POINTER_STATE_LOCKED
} KSSTREAM_POINTER_STATE;

KSDDKAPI NTSTATUS NTAPI KsPinGetAvailableByteCount(PKSPIN Pin, PLONG InputDataBytes,
                                                   PLONG OutputBufferBytes);
KSDDKAPI PKSSTREAM_POINTER NTAPI KsPinGetLeadingEdgeStreamPointer(PKSPIN Pin,
                                                                  KSSTREAM_POINTER_STATE State);
KSDDKAPI PKSSTREAM_POINTER NTAPI KsPinGetTrailingEdgeStreamPointer(PKSPIN Pin,
                                                                   KSSTREAM_POINTER_STATE State);
KSDDKAPI NTSTATUS NTAPI KsStreamPointerSetStatusCode(PKSSTREAM_POINTER StreamPointer,
                                                     NTSTATUS Status);
KSDDKAPI NTSTATUS NTAPI KsStreamPointerLock(PKSSTREAM_POINTER StreamPointer);
KSDDKAPI VOID NTAPI KsStreamPointerUnlock(PKSSTREAM_POINTER StreamPointer, BOOLEAN Eject);
KSDDKAPI VOID NTAPI KsStreamPointerAdvanceOffsetsAndUnlock(PKSSTREAM_POINTER StreamPointer,
                                                           ULONG InUsed, ULONG OutUsed,
                                                           BOOLEAN Eject);
KSDDKAPI VOID NTAPI KsStreamPointerDelete(PKSSTREAM_POINTER StreamPointer);
KSDDKAPI NTSTATUS NTAPI KsStreamPointerClone(PKSSTREAM_POINTER StreamPointer,
                                             PFNKSSTREAMPOINTER CancelCallback, ULONG ContextSize,
                                             PKSSTREAM_POINTER *CloneStreamPointer);
KSDDKAPI NTSTATUS NTAPI KsStreamPointerAdvanceOffsets(PKSSTREAM_POINTER StreamPointer, ULONG InUsed,
                                                      ULONG OutUsed, BOOLEAN Eject);
KSDDKAPI NTSTATUS NTAPI KsStreamPointerAdvance(PKSSTREAM_POINTER StreamPointer);
KSDDKAPI PMDL NTAPI KsStreamPointerGetMdl(PKSSTREAM_POINTER StreamPointer);
KSDDKAPI PIRP NTAPI KsStreamPointerGetIrp(PKSSTREAM_POINTER StreamPointer, PBOOLEAN FirstFrameInIrp,
                                          PBOOLEAN LastFrameInIrp);
KSDDKAPI VOID NTAPI KsStreamPointerScheduleTimeout(PKSSTREAM_POINTER StreamPointer,
                                                   PFNKSSTREAMPOINTER Callback, ULONGLONG Interval);
KSDDKAPI VOID NTAPI KsStreamPointerCancelTimeout(PKSSTREAM_POINTER StreamPointer);
KSDDKAPI PKSSTREAM_POINTER NTAPI KsPinGetFirstCloneStreamPointer(PKSPIN Pin);
KSDDKAPI PKSSTREAM_POINTER NTAPI KsStreamPointerGetNextClone(PKSSTREAM_POINTER StreamPointer);
KSDDKAPI NTSTATUS NTAPI KsPinHandshake(PKSPIN Pin, PKSHANDSHAKE In, PKSHANDSHAKE Out);
KSDDKAPI VOID NTAPI KsCompletePendingRequest(PIRP Irp);
KSDDKAPI KSOBJECTTYPE NTAPI KsGetObjectTypeFromIrp(PIRP Irp);
KSDDKAPI PVOID NTAPI KsGetObjectFromFileObject(PFILE_OBJECT FileObject);
KSDDKAPI KSOBJECTTYPE NTAPI KsGetObjectTypeFromFileObject(PFILE_OBJECT FileObject);

__forceinline PKSFILTER KsGetFilterFromFileObject(PFILE_OBJECT FileObject)
{
    return (PKSFILTER)KsGetObjectFromFileObject(FileObject);
}

__forceinline PKSPIN KsGetPinFromFileObject(PFILE_OBJECT FileObject)
{
    return (PKSPIN)KsGetObjectFromFileObject(FileObject);
}

KSDDKAPI PKSGATE NTAPI KsFilterGetAndGate(PKSFILTER Filter);
KSDDKAPI VOID NTAPI KsFilterAcquireProcessingMutex(PKSFILTER Filter);
KSDDKAPI VOID NTAPI KsFilterReleaseProcessingMutex(PKSFILTER Filter);
KSDDKAPI VOID NTAPI KsFilterAttemptProcessing(PKSFILTER Filter, BOOLEAN Asynchronous);
KSDDKAPI PKSGATE NTAPI KsPinGetAndGate(PKSPIN Pin);
KSDDKAPI VOID NTAPI KsPinAttachAndGate(PKSPIN Pin, PKSGATE AndGate);
KSDDKAPI VOID NTAPI KsPinAttachOrGate(PKSPIN Pin, PKSGATE OrGate);
KSDDKAPI VOID NTAPI KsPinAcquireProcessingMutex(PKSPIN Pin);
KSDDKAPI VOID NTAPI KsPinReleaseProcessingMutex(PKSPIN Pin);
KSDDKAPI BOOLEAN NTAPI KsProcessPinUpdate(PKSPROCESSPIN ProcessPin);
KSDDKAPI VOID NTAPI KsPinGetCopyRelationships(PKSPIN Pin, PKSPIN *CopySource,
                                              PKSPIN *DelegateBranch);
KSDDKAPI VOID NTAPI KsPinAttemptProcessing(PKSPIN Pin, BOOLEAN Asynchronous);
KSDDKAPI PVOID NTAPI KsGetParent(PVOID Object);

__forceinline PKSDEVICE KsFilterFactoryGetParentDevice(PKSFILTERFACTORY FilterFactory)
{
    return (PKSDEVICE)KsGetParent((PVOID)FilterFactory);
}

__forceinline PKSFILTERFACTORY KsFilterGetParentFilterFactory(PKSFILTER Filter)
{
    return (PKSFILTERFACTORY)KsGetParent((PVOID)Filter);
}

KSDDKAPI PKSFILTER NTAPI KsPinGetParentFilter(PKSPIN Pin);
KSDDKAPI PVOID NTAPI KsGetFirstChild(PVOID Object);

__forceinline PKSFILTERFACTORY KsDeviceGetFirstChildFilterFactory(PKSDEVICE Device)
{
    return (PKSFILTERFACTORY)KsGetFirstChild((PVOID)Device);
}

__forceinline PKSFILTER KsFilterFactoryGetFirstChildFilter(PKSFILTERFACTORY FilterFactory)
{
    return (PKSFILTER)KsGetFirstChild((PVOID)FilterFactory);
}

KSDDKAPI ULONG NTAPI KsFilterGetChildPinCount(PKSFILTER Filter, ULONG PinId);
KSDDKAPI PKSPIN NTAPI KsFilterGetFirstChildPin(PKSFILTER Filter, ULONG PinId);
KSDDKAPI PVOID NTAPI KsGetNextSibling(PVOID Object);
KSDDKAPI PKSPIN NTAPI KsPinGetNextSiblingPin(PKSPIN Pin);

__forceinline PKSFILTERFACTORY
KsFilterFactoryGetNextSiblingFilterFactory(PKSFILTERFACTORY FilterFactory)
{
    return (PKSFILTERFACTORY)KsGetNextSibling((PVOID)FilterFactory);
}

__forceinline PKSFILTER KsFilterGetNextSiblingFilter(PKSFILTER Filter)
{
    return (PKSFILTER)KsGetNextSibling((PVOID)Filter);
}

KSDDKAPI PKSDEVICE NTAPI KsGetDevice(PVOID Object);

__forceinline PKSDEVICE KsFilterFactoryGetDevice(PKSFILTERFACTORY FilterFactory)
{
    return KsGetDevice((PVOID)FilterFactory);
}

__forceinline PKSDEVICE KsFilterGetDevice(PKSFILTER Filter)
{
    return KsGetDevice((PVOID)Filter);
}

__forceinline PKSDEVICE KsPinGetDevice(PKSPIN Pin)
{
    return KsGetDevice((PVOID)Pin);
}

KSDDKAPI PKSFILTER NTAPI KsGetFilterFromIrp(PIRP Irp);
KSDDKAPI PKSPIN NTAPI KsGetPinFromIrp(PIRP Irp);
KSDDKAPI ULONG NTAPI KsGetNodeIdFromIrp(PIRP Irp);
KSDDKAPI VOID NTAPI KsAcquireControl(PVOID Object);
KSDDKAPI VOID NTAPI KsReleaseControl(PVOID Object);

__forceinline void KsFilterAcquireControl(PKSFILTER Filter)
{
    KsAcquireControl((PVOID)Filter);
}

__forceinline void KsFilterReleaseControl(PKSFILTER Filter)
{
    KsReleaseControl((PVOID)Filter);
}

__forceinline void KsPinAcquireControl(PKSPIN Pin)
{
    KsAcquireControl((PVOID)Pin);
}

__forceinline void KsPinReleaseControl(PKSPIN Pin)
{
    KsReleaseControl((PVOID)Pin);
}

KSDDKAPI NTSTATUS NTAPI KsAddItemToObjectBag(KSOBJECT_BAG ObjectBag, PVOID Item, PFNKSFREE Free);
KSDDKAPI ULONG NTAPI KsRemoveItemFromObjectBag(KSOBJECT_BAG ObjectBag, PVOID Item, BOOLEAN Free);

#define KsDiscard(Object, Pointer) KsRemoveItemFromObjectBag((Object)->Bag, (PVOID)(Pointer), TRUE)

KSDDKAPI NTSTATUS NTAPI KsAllocateObjectBag(PKSDEVICE Device, KSOBJECT_BAG *ObjectBag);
KSDDKAPI VOID NTAPI KsFreeObjectBag(KSOBJECT_BAG ObjectBag);
KSDDKAPI NTSTATUS NTAPI KsCopyObjectBagItems(KSOBJECT_BAG ObjectBagDestination,
                                             KSOBJECT_BAG ObjectBagSource);
KSDDKAPI NTSTATUS NTAPI _KsEdit(KSOBJECT_BAG ObjectBag, PVOID *PointerToPointerToItem,
                                ULONG NewSize, ULONG OldSize, ULONG Tag);

#define KsEdit(Object, PointerToPointer, Tag)                                                      \
    _KsEdit((Object)->Bag, (PVOID *)(PointerToPointer), sizeof(**(PointerToPointer)),              \
            sizeof(**(PointerToPointer)), (Tag))
#define KsEditSized(Object, PointerToPointer, NewSize, OldSize, Tag)                               \
    _KsEdit((Object)->Bag, (PVOID *)(PointerToPointer), (NewSize), (OldSize), (Tag))

KSDDKAPI NTSTATUS NTAPI KsRegisterFilterWithNoKSPins(PDEVICE_OBJECT DeviceObject,
                                                     const GUID *InterfaceClassGUID, ULONG PinCount,
                                                     BOOL *PinDirection, KSPIN_MEDIUM *MediumList,
                                                     GUID *CategoryList);
KSDDKAPI NTSTATUS NTAPI KsFilterCreatePinFactory(PKSFILTER Filter,
                                                 const KSPIN_DESCRIPTOR_EX *const PinDescriptor,
                                                 PULONG PinID);
KSDDKAPI NTSTATUS NTAPI KsFilterCreateNode(PKSFILTER Filter,
                                           const KSNODE_DESCRIPTOR *const NodeDescriptor,
                                           PULONG NodeID);
KSDDKAPI NTSTATUS NTAPI
KsFilterAddTopologyConnections(PKSFILTER Filter, ULONG NewConnectionsCount,
                               const KSTOPOLOGY_CONNECTION *const NewTopologyConnections);
KSDDKAPI NTSTATUS NTAPI KsPinGetConnectedPinInterface(PKSPIN Pin, const GUID *InterfaceId,
                                                      PVOID *Interface);
KSDDKAPI PFILE_OBJECT NTAPI KsPinGetConnectedPinFileObject(PKSPIN Pin);
KSDDKAPI PDEVICE_OBJECT NTAPI KsPinGetConnectedPinDeviceObject(PKSPIN Pin);
KSDDKAPI NTSTATUS NTAPI KsPinGetConnectedFilterInterface(PKSPIN Pin, const GUID *InterfaceId,
                                                         PVOID *Interface);
KSDDKAPI NTSTATUS NTAPI KsPinGetReferenceClockInterface(PKSPIN Pin, PIKSREFERENCECLOCK *Interface);
KSDDKAPI VOID NTAPI KsPinSetPinClockTime(PKSPIN Pin, LONGLONG Time);
KSDDKAPI NTSTATUS NTAPI KsPinSubmitFrame(PKSPIN Pin, PVOID Data, ULONG Size,
                                         PKSSTREAM_HEADER StreamHeader, PVOID Context);
KSDDKAPI NTSTATUS NTAPI KsPinSubmitFrameMdl(PKSPIN Pin, PMDL Mdl, PKSSTREAM_HEADER StreamHeader,
                                            PVOID Context);
KSDDKAPI VOID NTAPI KsPinRegisterFrameReturnCallback(PKSPIN Pin, PFNKSPINFRAMERETURN FrameReturn);
KSDDKAPI VOID NTAPI KsPinRegisterIrpCompletionCallback(PKSPIN Pin,
                                                       PFNKSPINIRPCOMPLETION IrpCompletion);
KSDDKAPI VOID NTAPI KsPinRegisterHandshakeCallback(PKSPIN Pin, PFNKSPINHANDSHAKE Handshake);
KSDDKAPI VOID NTAPI KsFilterRegisterPowerCallbacks(PKSFILTER Filter, PFNKSFILTERPOWER Sleep,
                                                   PFNKSFILTERPOWER Wake);
KSDDKAPI VOID NTAPI KsPinRegisterPowerCallbacks(PKSPIN Pin, PFNKSPINPOWER Sleep,
                                                PFNKSPINPOWER Wake);
KSDDKAPI PUNKNOWN NTAPI KsRegisterAggregatedClientUnknown(PVOID Object, PUNKNOWN ClientUnknown);
KSDDKAPI PUNKNOWN NTAPI KsGetOuterUnknown(PVOID Object);

__forceinline PUNKNOWN KsDeviceRegisterAggregatedClientUnknown(PKSDEVICE Device,
                                                               PUNKNOWN ClientUnknown)
{
    return KsRegisterAggregatedClientUnknown((PVOID)Device, ClientUnknown);
}

__forceinline PUNKNOWN KsDeviceGetOuterUnknown(PKSDEVICE Device)
{
    return KsGetOuterUnknown((PVOID)Device);
}

__forceinline PUNKNOWN
KsFilterFactoryRegisterAggregatedClientUnknown(PKSFILTERFACTORY FilterFactory,
                                               PUNKNOWN ClientUnknown)
{
    return KsRegisterAggregatedClientUnknown((PVOID)FilterFactory, ClientUnknown);
}

__forceinline PUNKNOWN KsFilterFactoryGetOuterUnknown(PKSFILTERFACTORY FilterFactory)
{
    return KsGetOuterUnknown((PVOID)FilterFactory);
}

__forceinline PUNKNOWN KsFilterRegisterAggregatedClientUnknown(PKSFILTER Filter,
                                                               PUNKNOWN ClientUnknown)
{
    return KsRegisterAggregatedClientUnknown((PVOID)Filter, ClientUnknown);
}

__forceinline PUNKNOWN KsFilterGetOuterUnknown(PKSFILTER Filter)
{
    return KsGetOuterUnknown((PVOID)Filter);
}

__forceinline PUNKNOWN KsPinRegisterAggregatedClientUnknown(PKSPIN Pin, PUNKNOWN ClientUnknown)
{
    return KsRegisterAggregatedClientUnknown((PVOID)Pin, ClientUnknown);
}

__forceinline PUNKNOWN KsPinGetOuterUnknown(PKSPIN Pin)
{
    return KsGetOuterUnknown((PVOID)Pin);
}
#ifdef __cplusplus
}
#endif

#endif
