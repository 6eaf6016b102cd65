/* Kernel streaming: functions of the KS 1.0 library, for drivers that dispatch IRPs themselves
 * and for handlers of AVStream minidrivers.
 * Deviation: KsGetImageNameAndResourceId, KsMapModuleName and KsCreateDefaultSecurity are declared
 * only: a driver that calls one is told when it is built. */
#ifndef WEIR_WDK_KS_FUNCTION_H
#define WEIR_WDK_KS_FUNCTION_H
#ifdef __cplusplus
extern "C" {
#endif

KSDDKAPI NTSTATUS NTAPI KsEnableEvent(PIRP Irp, ULONG EventSetsCount, const KSEVENT_SET *EventSet,
                                      PLIST_ENTRY EventsList, KSEVENTS_LOCKTYPE EventsFlags,
                                      PVOID EventsLock);
KSDDKAPI NTSTATUS NTAPI KsEnableEventWithAllocator(PIRP Irp, ULONG EventSetsCount,
                                                   const KSEVENT_SET *EventSet,
                                                   PLIST_ENTRY EventsList,
                                                   KSEVENTS_LOCKTYPE EventsFlags, PVOID EventsLock,
                                                   PFNKSALLOCATOR Allocator, ULONG EventItemSize);
KSDDKAPI NTSTATUS NTAPI KsDisableEvent(PIRP Irp, PLIST_ENTRY EventsList,
                                       KSEVENTS_LOCKTYPE EventsFlags, PVOID EventsLock);
KSDDKAPI VOID NTAPI KsDiscardEvent(PKSEVENT_ENTRY EventEntry);
KSDDKAPI VOID NTAPI KsFreeEventList(PFILE_OBJECT FileObject, PLIST_ENTRY EventsList,
                                    KSEVENTS_LOCKTYPE EventsFlags, PVOID EventsLock);
KSDDKAPI NTSTATUS NTAPI KsGenerateEvent(PKSEVENT_ENTRY EventEntry);
KSDDKAPI NTSTATUS NTAPI KsGenerateDataEvent(PKSEVENT_ENTRY EventEntry, ULONG DataSize, PVOID Data);
KSDDKAPI VOID NTAPI KsGenerateEventList(GUID *Set, ULONG EventId, PLIST_ENTRY EventsList,
                                        KSEVENTS_LOCKTYPE EventsFlags, PVOID EventsLock);
KSDDKAPI NTSTATUS NTAPI KsPropertyHandler(PIRP Irp, ULONG PropertySetsCount,
                                          const KSPROPERTY_SET *PropertySet);
KSDDKAPI NTSTATUS NTAPI KsPropertyHandlerWithAllocator(PIRP Irp, ULONG PropertySetsCount,
                                                       const KSPROPERTY_SET *PropertySet,
                                                       PFNKSALLOCATOR Allocator,
                                                       ULONG PropertyItemSize);
KSDDKAPI BOOLEAN NTAPI KsFastPropertyHandler(PFILE_OBJECT FileObject, PKSPROPERTY Property,
                                             ULONG PropertyLength, PVOID Data, ULONG DataLength,
                                             PIO_STATUS_BLOCK IoStatus, ULONG PropertySetsCount,
                                             const KSPROPERTY_SET *PropertySet);
KSDDKAPI NTSTATUS NTAPI KsMethodHandler(PIRP Irp, ULONG MethodSetsCount,
                                        const KSMETHOD_SET *MethodSet);
KSDDKAPI NTSTATUS NTAPI KsMethodHandlerWithAllocator(PIRP Irp, ULONG MethodSetsCount,
                                                     const KSMETHOD_SET *MethodSet,
                                                     PFNKSALLOCATOR Allocator,
                                                     ULONG MethodItemSize);
KSDDKAPI BOOLEAN NTAPI KsFastMethodHandler(PFILE_OBJECT FileObject, PKSMETHOD Method,
                                           ULONG MethodLength, PVOID Data, ULONG DataLength,
                                           PIO_STATUS_BLOCK IoStatus, ULONG MethodSetsCount,
                                           const KSMETHOD_SET *MethodSet);
KSDDKAPI NTSTATUS NTAPI KsCreateDefaultAllocator(PIRP Irp);
KSDDKAPI NTSTATUS NTAPI KsCreateDefaultAllocatorEx(PIRP Irp, PVOID InitializeContext,
                                                   PFNKSDEFAULTALLOCATE DefaultAllocate,
                                                   PFNKSDEFAULTFREE DefaultFree,
                                                   PFNKSINITIALIZEALLOCATOR InitializeAllocator,
                                                   PFNKSDELETEALLOCATOR DeleteAllocator);
KSDDKAPI NTSTATUS NTAPI KsCreateAllocator(HANDLE ConnectionHandle,
                                          PKSALLOCATOR_FRAMING AllocatorFraming,
                                          PHANDLE AllocatorHandle);
KSDDKAPI NTSTATUS NTAPI KsValidateAllocatorCreateRequest(PIRP Irp,
                                                         PKSALLOCATOR_FRAMING *AllocatorFraming);
KSDDKAPI NTSTATUS NTAPI KsValidateAllocatorFramingEx(PKSALLOCATOR_FRAMING_EX Framing,
                                                     ULONG BufferSize,
                                                     const KSALLOCATOR_FRAMING_EX *PinFraming);
KSDDKAPI NTSTATUS NTAPI KsAllocateDefaultClock(PKSDEFAULTCLOCK *DefaultClock);
KSDDKAPI NTSTATUS NTAPI KsAllocateDefaultClockEx(PKSDEFAULTCLOCK *DefaultClock, PVOID Context,
                                                 PFNKSSETTIMER SetTimer,
                                                 PFNKSCANCELTIMER CancelTimer,
                                                 PFNKSCORRELATEDTIME CorrelatedTime,
                                                 const KSRESOLUTION *Resolution, ULONG Flags);
KSDDKAPI VOID NTAPI KsFreeDefaultClock(PKSDEFAULTCLOCK DefaultClock);
KSDDKAPI NTSTATUS NTAPI KsCreateDefaultClock(PIRP Irp, PKSDEFAULTCLOCK DefaultClock);
KSDDKAPI NTSTATUS NTAPI KsCreateClock(HANDLE ConnectionHandle, PKSCLOCK_CREATE ClockCreate,
                                      PHANDLE ClockHandle);
KSDDKAPI NTSTATUS NTAPI KsValidateClockCreateRequest(PIRP Irp, PKSCLOCK_CREATE *ClockCreate);
KSDDKAPI KSSTATE NTAPI KsGetDefaultClockState(PKSDEFAULTCLOCK DefaultClock);
KSDDKAPI VOID NTAPI KsSetDefaultClockState(PKSDEFAULTCLOCK DefaultClock, KSSTATE State);
KSDDKAPI LONGLONG NTAPI KsGetDefaultClockTime(PKSDEFAULTCLOCK DefaultClock);
KSDDKAPI VOID NTAPI KsSetDefaultClockTime(PKSDEFAULTCLOCK DefaultClock, LONGLONG Time);
KSDDKAPI NTSTATUS NTAPI KsCreatePin(HANDLE FilterHandle, PKSPIN_CONNECT Connect,
                                    ACCESS_MASK DesiredAccess, PHANDLE ConnectionHandle);
KSDDKAPI NTSTATUS NTAPI KsValidateConnectRequest(PIRP Irp, ULONG DescriptorsCount,
                                                 const KSPIN_DESCRIPTOR *Descriptor,
                                                 PKSPIN_CONNECT *Connect);
KSDDKAPI NTSTATUS NTAPI KsPinPropertyHandler(PIRP Irp, PKSPROPERTY Property, PVOID Data,
                                             ULONG DescriptorsCount,
                                             const KSPIN_DESCRIPTOR *Descriptor);
KSDDKAPI NTSTATUS NTAPI KsPinDataIntersection(PIRP Irp, PKSP_PIN Pin, PVOID Data,
                                              ULONG DescriptorsCount,
                                              const KSPIN_DESCRIPTOR *Descriptor,
                                              PFNKSINTERSECTHANDLER IntersectHandler);
KSDDKAPI NTSTATUS NTAPI KsPinDataIntersectionEx(
    PIRP Irp, PKSP_PIN Pin, PVOID Data, ULONG DescriptorsCount, const KSPIN_DESCRIPTOR *Descriptor,
    ULONG DescriptorSize, PFNKSINTERSECTHANDLEREX IntersectHandler, PVOID HandlerContext);
KSDDKAPI NTSTATUS NTAPI KsHandleSizedListQuery(PIRP Irp, ULONG DataItemsCount, ULONG DataItemSize,
                                               const VOID *DataItems);
KSDDKAPI NTSTATUS NTAPI KsLoadResource(PVOID ImageBase, POOL_TYPE PoolType, ULONG_PTR ResourceName,
                                       ULONG ResourceType, PVOID *Resource, PULONG ResourceSize);
KSDDKAPI NTSTATUS NTAPI KsGetImageNameAndResourceId(HANDLE RegKey, PUNICODE_STRING ImageName,
                                                    PULONG_PTR ResourceId, PULONG ValueType);
KSDDKAPI NTSTATUS NTAPI KsMapModuleName(PDEVICE_OBJECT PhysicalDeviceObject,
                                        PUNICODE_STRING ModuleName, PUNICODE_STRING ImageName,
                                        PULONG_PTR ResourceId, PULONG ValueType);
KSDDKAPI NTSTATUS NTAPI KsReferenceBusObject(KSDEVICE_HEADER Header);
KSDDKAPI VOID NTAPI KsDereferenceBusObject(KSDEVICE_HEADER Header);
KSDDKAPI NTSTATUS NTAPI KsDispatchQuerySecurity(PDEVICE_OBJECT DeviceObject, PIRP Irp);
KSDDKAPI NTSTATUS NTAPI KsDispatchSetSecurity(PDEVICE_OBJECT DeviceObject, PIRP Irp);
KSDDKAPI NTSTATUS NTAPI KsDispatchSpecificProperty(PIRP Irp, PFNKSHANDLER Handler);
KSDDKAPI NTSTATUS NTAPI KsDispatchSpecificMethod(PIRP Irp, PFNKSHANDLER Handler);
KSDDKAPI NTSTATUS NTAPI KsReadFile(PFILE_OBJECT FileObject, PKEVENT Event, PVOID PortContext,
                                   PIO_STATUS_BLOCK IoStatusBlock, PVOID Buffer, ULONG Length,
                                   ULONG Key, KPROCESSOR_MODE RequestorMode);
KSDDKAPI NTSTATUS NTAPI KsWriteFile(PFILE_OBJECT FileObject, PKEVENT Event, PVOID PortContext,
                                    PIO_STATUS_BLOCK IoStatusBlock, PVOID Buffer, ULONG Length,
                                    ULONG Key, KPROCESSOR_MODE RequestorMode);
KSDDKAPI NTSTATUS NTAPI KsQueryInformationFile(PFILE_OBJECT FileObject, PVOID FileInformation,
                                               ULONG Length,
                                               FILE_INFORMATION_CLASS FileInformationClass);
KSDDKAPI NTSTATUS NTAPI KsSetInformationFile(PFILE_OBJECT FileObject, PVOID FileInformation,
                                             ULONG Length,
                                             FILE_INFORMATION_CLASS FileInformationClass);
KSDDKAPI NTSTATUS NTAPI KsStreamIo(PFILE_OBJECT FileObject, PKEVENT Event, PVOID PortContext,
                                   PIO_COMPLETION_ROUTINE CompletionRoutine,
                                   PVOID CompletionContext,
                                   KSCOMPLETION_INVOCATION CompletionInvocationFlags,
                                   PIO_STATUS_BLOCK IoStatusBlock, PVOID StreamHeaders,
                                   ULONG Length, ULONG Flags, KPROCESSOR_MODE RequestorMode);
KSDDKAPI NTSTATUS NTAPI KsProbeStreamIrp(PIRP Irp, ULONG ProbeFlags, ULONG HeaderSize);
KSDDKAPI NTSTATUS NTAPI KsAllocateExtraData(PIRP Irp, ULONG ExtraSize, PVOID *ExtraBuffer);
KSDDKAPI VOID NTAPI KsNullDriverUnload(PDRIVER_OBJECT DriverObject);
KSDDKAPI NTSTATUS NTAPI KsSetMajorFunctionHandler(PDRIVER_OBJECT DriverObject, ULONG MajorFunction);
KSDDKAPI NTSTATUS NTAPI KsDispatchInvalidDeviceRequest(PDEVICE_OBJECT DeviceObject, PIRP Irp);
KSDDKAPI NTSTATUS NTAPI KsDefaultDeviceIoCompletion(PDEVICE_OBJECT DeviceObject, PIRP Irp);
KSDDKAPI NTSTATUS NTAPI KsDispatchIrp(PDEVICE_OBJECT DeviceObject, PIRP Irp);
KSDDKAPI BOOLEAN NTAPI KsDispatchFastIoDeviceControlFailure(
    PFILE_OBJECT FileObject, BOOLEAN Wait, PVOID InputBuffer, ULONG InputBufferLength,
    PVOID OutputBuffer, ULONG OutputBufferLength, ULONG IoControlCode, PIO_STATUS_BLOCK IoStatus,
    PDEVICE_OBJECT DeviceObject);
KSDDKAPI BOOLEAN NTAPI KsDispatchFastReadFailure(PFILE_OBJECT FileObject, PLARGE_INTEGER FileOffset,
                                                 ULONG Length, BOOLEAN Wait, ULONG LockKey,
                                                 PVOID Buffer, PIO_STATUS_BLOCK IoStatus,
                                                 PDEVICE_OBJECT DeviceObject);

#define KsDispatchFastWriteFailure KsDispatchFastReadFailure

KSDDKAPI VOID NTAPI KsCancelRoutine(PDEVICE_OBJECT DeviceObject, PIRP Irp);
KSDDKAPI VOID NTAPI KsCancelIo(PLIST_ENTRY QueueHead, PKSPIN_LOCK SpinLock);
KSDDKAPI VOID NTAPI KsReleaseIrpOnCancelableQueue(PIRP Irp, PDRIVER_CANCEL DriverCancel);
KSDDKAPI PIRP NTAPI KsRemoveIrpFromCancelableQueue(PLIST_ENTRY QueueHead, PKSPIN_LOCK SpinLock,
                                                   KSLIST_ENTRY_LOCATION ListLocation,
                                                   KSIRP_REMOVAL_OPERATION RemovalOperation);
KSDDKAPI NTSTATUS NTAPI KsMoveIrpsOnCancelableQueue(PLIST_ENTRY SourceList, PKSPIN_LOCK SourceLock,
                                                    PLIST_ENTRY DestinationList,
                                                    PKSPIN_LOCK DestinationLock,
                                                    KSLIST_ENTRY_LOCATION ListLocation,
                                                    PFNKSIRPLISTCALLBACK ListCallback,
                                                    PVOID Context);
KSDDKAPI VOID NTAPI KsRemoveSpecificIrpFromCancelableQueue(PIRP Irp);
KSDDKAPI VOID NTAPI KsAddIrpToCancelableQueue(PLIST_ENTRY QueueHead, PKSPIN_LOCK SpinLock, PIRP Irp,
                                              KSLIST_ENTRY_LOCATION ListLocation,
                                              PDRIVER_CANCEL DriverCancel);
KSDDKAPI NTSTATUS NTAPI KsAcquireResetValue(PIRP Irp, KSRESET *ResetValue);
KSDDKAPI NTSTATUS NTAPI KsTopologyPropertyHandler(PIRP Irp, PKSPROPERTY Property, PVOID Data,
                                                  const KSTOPOLOGY *Topology);
KSDDKAPI VOID NTAPI KsAcquireDeviceSecurityLock(KSDEVICE_HEADER Header, BOOLEAN Exclusive);
KSDDKAPI VOID NTAPI KsReleaseDeviceSecurityLock(KSDEVICE_HEADER Header);
KSDDKAPI NTSTATUS NTAPI KsDefaultDispatchPnp(PDEVICE_OBJECT DeviceObject, PIRP Irp);
KSDDKAPI NTSTATUS NTAPI KsDefaultDispatchPower(PDEVICE_OBJECT DeviceObject, PIRP Irp);
KSDDKAPI NTSTATUS NTAPI KsDefaultForwardIrp(PDEVICE_OBJECT DeviceObject, PIRP Irp);
KSDDKAPI VOID NTAPI KsSetDevicePnpAndBaseObject(KSDEVICE_HEADER Header,
                                                PDEVICE_OBJECT PnpDeviceObject,
                                                PDEVICE_OBJECT BaseObject);
KSDDKAPI PDEVICE_OBJECT NTAPI KsQueryDevicePnpObject(KSDEVICE_HEADER Header);
KSDDKAPI ACCESS_MASK NTAPI KsQueryObjectAccessMask(KSOBJECT_HEADER Header);
KSDDKAPI VOID NTAPI KsRecalculateStackDepth(KSDEVICE_HEADER Header, BOOLEAN ReuseStackLocation);
KSDDKAPI VOID NTAPI KsSetTargetState(KSOBJECT_HEADER Header, KSTARGET_STATE TargetState);
KSDDKAPI VOID NTAPI KsSetTargetDeviceObject(KSOBJECT_HEADER Header, PDEVICE_OBJECT TargetDevice);
KSDDKAPI VOID NTAPI KsSetPowerDispatch(KSOBJECT_HEADER Header, PFNKSCONTEXT_DISPATCH PowerDispatch,
                                       PVOID PowerContext);
KSDDKAPI PKSOBJECT_CREATE_ITEM NTAPI KsQueryObjectCreateItem(KSOBJECT_HEADER Header);
KSDDKAPI NTSTATUS NTAPI KsAllocateDeviceHeader(KSDEVICE_HEADER *Header, ULONG ItemsCount,
                                               PKSOBJECT_CREATE_ITEM ItemsList);
KSDDKAPI VOID NTAPI KsFreeDeviceHeader(KSDEVICE_HEADER Header);
KSDDKAPI NTSTATUS NTAPI KsAllocateObjectHeader(KSOBJECT_HEADER *Header, ULONG ItemsCount,
                                               PKSOBJECT_CREATE_ITEM ItemsList, PIRP Irp,
                                               const KSDISPATCH_TABLE *Table);
KSDDKAPI VOID NTAPI KsFreeObjectHeader(KSOBJECT_HEADER Header);
KSDDKAPI NTSTATUS NTAPI
KsAddObjectCreateItemToDeviceHeader(KSDEVICE_HEADER Header, PDRIVER_DISPATCH Create, PVOID Context,
                                    PWSTR ObjectClass, PSECURITY_DESCRIPTOR SecurityDescriptor);
KSDDKAPI NTSTATUS NTAPI
KsAddObjectCreateItemToObjectHeader(KSOBJECT_HEADER Header, PDRIVER_DISPATCH Create, PVOID Context,
                                    PWSTR ObjectClass, PSECURITY_DESCRIPTOR SecurityDescriptor);
KSDDKAPI NTSTATUS NTAPI KsAllocateObjectCreateItem(KSDEVICE_HEADER Header,
                                                   PKSOBJECT_CREATE_ITEM CreateItem,
                                                   BOOLEAN AllocateEntry,
                                                   PFNKSITEMFREECALLBACK ItemFreeCallback);
KSDDKAPI NTSTATUS NTAPI KsFreeObjectCreateItem(KSDEVICE_HEADER Header, PUNICODE_STRING CreateItem);
KSDDKAPI NTSTATUS NTAPI KsFreeObjectCreateItemsByContext(KSDEVICE_HEADER Header, PVOID Context);
KSDDKAPI NTSTATUS NTAPI KsCreateDefaultSecurity(PSECURITY_DESCRIPTOR ParentSecurity,
                                                PSECURITY_DESCRIPTOR *DefaultSecurity);
KSDDKAPI NTSTATUS NTAPI KsForwardIrp(PIRP Irp, PFILE_OBJECT FileObject, BOOLEAN ReuseStackLocation);
KSDDKAPI NTSTATUS NTAPI KsForwardAndCatchIrp(PDEVICE_OBJECT DeviceObject, PIRP Irp,
                                             PFILE_OBJECT FileObject, KSSTACK_USE StackUse);
KSDDKAPI NTSTATUS NTAPI KsSynchronousIoControlDevice(PFILE_OBJECT FileObject,
                                                     KPROCESSOR_MODE RequestorMode, ULONG IoControl,
                                                     PVOID InBuffer, ULONG InSize, PVOID OutBuffer,
                                                     ULONG OutSize, PULONG BytesReturned);
KSDDKAPI NTSTATUS NTAPI KsUnserializeObjectPropertiesFromRegistry(PFILE_OBJECT FileObject,
                                                                  HANDLE ParentKey,
                                                                  PUNICODE_STRING RegistryPath);
KSDDKAPI NTSTATUS NTAPI KsCacheMedium(PUNICODE_STRING SymbolicLink, PKSPIN_MEDIUM Medium,
                                      ULONG PinDirection);
KSDDKAPI NTSTATUS NTAPI KsRegisterWorker(WORK_QUEUE_TYPE WorkQueueType, PKSWORKER *Worker);
KSDDKAPI NTSTATUS NTAPI KsRegisterCountedWorker(WORK_QUEUE_TYPE WorkQueueType,
                                                PWORK_QUEUE_ITEM CountedWorkItem,
                                                PKSWORKER *Worker);
KSDDKAPI VOID NTAPI KsUnregisterWorker(PKSWORKER Worker);
KSDDKAPI NTSTATUS NTAPI KsQueueWorkItem(PKSWORKER Worker, PWORK_QUEUE_ITEM WorkItem);
KSDDKAPI ULONG NTAPI KsIncrementCountedWorker(PKSWORKER Worker);
KSDDKAPI ULONG NTAPI KsDecrementCountedWorker(PKSWORKER Worker);
KSDDKAPI NTSTATUS NTAPI KsCreateTopologyNode(HANDLE ParentHandle, PKSNODE_CREATE NodeCreate,
                                             ACCESS_MASK DesiredAccess, PHANDLE NodeHandle);
KSDDKAPI NTSTATUS NTAPI KsValidateTopologyNodeCreateRequest(PIRP Irp, PKSTOPOLOGY Topology,
                                                            PKSNODE_CREATE *NodeCreate);
#ifdef __cplusplus
}
#endif

#endif
