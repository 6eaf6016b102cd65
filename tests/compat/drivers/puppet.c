/* A driver that does as it is told by knobs: an IN and an OUT pin, pin-centric, that complete,
 * hold, lock or clone their frames; refuse what is to be refused; and have an allocator of their
 * own with PUPPET_ALLOCATOR. */
#include <ntddk.h>
#include <windef.h>
#include <ks.h>
static NTSTATUS NTAPI PuppetProcess(PKSPIN Pin);
static NTSTATUS PuppetPoke(PKSFILTER Filter, ULONG What);
static NTSTATUS PuppetState(PKSPIN Pin, KSSTATE To, KSSTATE From);
static NTSTATUS NTAPI PuppetInitialize(PKSPIN Pin, PKSALLOCATOR_FRAMING Framing, PVOID *Context);
static VOID NTAPI PuppetDelete(PVOID Context);
static PVOID NTAPI PuppetAllocate(PVOID Context);
static VOID NTAPI PuppetFree(PVOID Context, PVOID Frame);
#define KIT_PINS        2
#define KIT_PIN_PROCESS PuppetProcess
#define KIT_POKE        PuppetPoke
#define KIT_STATE       PuppetState
#define KIT_PIN_FLAGS   KSPIN_FLAG_INITIATE_PROCESSING_ON_EVERY_ARRIVAL
#ifdef PUPPET_NECESSARY
#define KIT_NECESSARY 1
#endif
#ifdef PUPPET_ALLOCATOR
static const KSALLOCATOR_DISPATCH PuppetAllocator = {PuppetInitialize, PuppetDelete, PuppetAllocate,
                                                     PuppetFree};
#define KIT_ALLOCATOR &PuppetAllocator
#endif
#define KIT_OWN_DEVICE
#include "kit.h"

/* --- frames -------------------------------------------------------------------------- */

/* Undocumented in its details: deleting is the one thing that is allowed here. */
static VOID NTAPI PuppetCancelled(PKSSTREAM_POINTER Clone)
{
    Kit.Facts.cancels++;
    Kit.Facts.clones--;
    KsStreamPointerDelete(Clone);
}

static VOID PuppetClone(PKSPIN Pin)
{
    PKSSTREAM_POINTER Edge = KsPinGetLeadingEdgeStreamPointer(Pin, KSSTREAM_POINTER_STATE_LOCKED),
                      Clone;
    NTSTATUS Status = Edge ? STATUS_SUCCESS : STATUS_DEVICE_NOT_READY;

    while (NT_SUCCESS(Status) &&
           NT_SUCCESS(KsStreamPointerClone(Edge, PuppetCancelled, 0, &Clone))) {
        Kit.Facts.clones++;
        KsStreamPointerUnlock(Clone, FALSE);
        Status = KsStreamPointerAdvance(Edge);
    }
}

static NTSTATUS NTAPI PuppetProcess(PKSPIN Pin)
{
    KitProcessed();
    switch (Kit.Knobs.mode) {
    case MODE_HOLD:
        return STATUS_PENDING;
    case MODE_LOCK:
        if (!InterlockedCompareExchangePointer((PVOID *)&Kit.Locked, NULL, NULL))
            InterlockedExchangePointer(
                (PVOID *)&Kit.Locked,
                KsPinGetLeadingEdgeStreamPointer(Pin, KSSTREAM_POINTER_STATE_LOCKED));
        return STATUS_PENDING;
    case MODE_CLONE:
        PuppetClone(Pin);
        return STATUS_PENDING;
    default:
        return KitProcessAll(Pin);
    }
}

static VOID PuppetUnlock(VOID)
{
    PKSSTREAM_POINTER locked = InterlockedExchangePointer((PVOID *)&Kit.Locked, NULL);

    if (locked) /* the timer's DPC and a state change may both come here */
        KsStreamPointerUnlock(locked, FALSE);
}

static KTIMER LaterTimer;
static KDPC LaterDpc;

static VOID NTAPI PuppetLater(PKDPC Dpc, PVOID Context, PVOID A, PVOID B)
{
    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(A);
    UNREFERENCED_PARAMETER(B);
    PuppetUnlock();
}

static VOID PuppetUnlockLater(VOID)
{
    LARGE_INTEGER Due = {.QuadPart = -100000};

    KeInitializeTimer(&LaterTimer);
    KeInitializeDpc(&LaterDpc, PuppetLater, NULL);
    KeSetTimer(&LaterTimer, Due, &LaterDpc);
}

static VOID PuppetRelease(PKSPIN Pin)
{
    PKSSTREAM_POINTER Clone = Pin ? KsPinGetFirstCloneStreamPointer(Pin) : NULL, Next;

    for (; Clone; Clone = Next) {
        Next = KsStreamPointerGetNextClone(Clone);
        Kit.Facts.clones--;
        KsStreamPointerDelete(Clone);
    }
}

static NTSTATUS PuppetPoke(PKSFILTER Filter, ULONG What)
{
    UNREFERENCED_PARAMETER(Filter);
    if (What == POKE_UNLOCK)
        PuppetUnlock();
    else if (What == POKE_UNLOCK_LATER)
        PuppetUnlockLater();
    else if (What == POKE_RELEASE)
        PuppetRelease(Kit.Pin[0]), PuppetRelease(Kit.Pin[1]);
    else
        return STATUS_INVALID_PARAMETER;
    return STATUS_SUCCESS;
}

static NTSTATUS PuppetState(PKSPIN Pin, KSSTATE To, KSSTATE From)
{
    UNREFERENCED_PARAMETER(From);
    if (To == KSSTATE_STOP && Kit.Knobs.mode != MODE_HOLD) {
        PuppetUnlock();
        PuppetRelease(Pin);
    }
    return STATUS_SUCCESS;
}

/* --- allocator ----------------------------------------------------------------------- */

static __attribute__((unused)) NTSTATUS NTAPI PuppetInitialize(PKSPIN Pin,
                                                               PKSALLOCATOR_FRAMING Framing,
                                                               PVOID *Context)
{
    Kit.Facts.initialises++;
    Kit.Facts.more[6] = Framing->FrameSize;
    Kit.Facts.more[7] = Framing->Frames;
    if (!NT_SUCCESS((NTSTATUS)Kit.Knobs.initialise_status))
        return Kit.Knobs.initialise_status;
    *Context = Pin;
    return STATUS_SUCCESS;
}

static __attribute__((unused)) VOID NTAPI PuppetDelete(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    Kit.Facts.deletes++;
    if (KeGetCurrentIrql() != PASSIVE_LEVEL)
        Kit.Facts.more[8]++;
}

static __attribute__((unused)) PVOID NTAPI PuppetAllocate(PVOID Context)
{
    PVOID Frame;

    UNREFERENCED_PARAMETER(Context);
    if (Kit.Knobs.allocates_max && Kit.Facts.allocates - Kit.Facts.frees >= Kit.Knobs.allocates_max)
        return NULL;
    Frame = ExAllocatePoolWithTag(NonPagedPool, Kit.Facts.more[6], 'fPuP');
    if (Frame)
        Kit.Facts.allocates++;
    return Frame;
}

static __attribute__((unused)) VOID NTAPI PuppetFree(PVOID Context, PVOID Frame)
{
    UNREFERENCED_PARAMETER(Context);
    Kit.Facts.frees++;
    ExFreePoolWithTag(Frame, 'fPuP');
}

/* --- device: DriverEntry, Add and Start fail as the registry says -------------------- */

static UNICODE_STRING ServiceKey;

/* Parameters\<Name>, a dword of the service's key; 0 where there is none. */
static ULONG PuppetSetting(PCWSTR Name)
{
    UCHAR Buffer[sizeof(KEY_VALUE_PARTIAL_INFORMATION) + sizeof(ULONG)];
    PKEY_VALUE_PARTIAL_INFORMATION Value = (PKEY_VALUE_PARTIAL_INFORMATION)Buffer;
    OBJECT_ATTRIBUTES Attributes;
    UNICODE_STRING Text;
    HANDLE Service, Key;
    ULONG Bytes, Setting = 0;

    InitializeObjectAttributes(&Attributes, &ServiceKey, OBJ_KERNEL_HANDLE | OBJ_CASE_INSENSITIVE,
                               NULL, NULL);
    if (!NT_SUCCESS(ZwOpenKey(&Service, KEY_READ, &Attributes)))
        return 0;
    RtlInitUnicodeString(&Text, L"Parameters");
    InitializeObjectAttributes(&Attributes, &Text, OBJ_KERNEL_HANDLE | OBJ_CASE_INSENSITIVE,
                               Service, NULL);
    if (NT_SUCCESS(ZwOpenKey(&Key, KEY_READ, &Attributes))) {
        RtlInitUnicodeString(&Text, Name);
        if (NT_SUCCESS(ZwQueryValueKey(Key, &Text, KeyValuePartialInformation, Value,
                                       sizeof(Buffer), &Bytes)) &&
            Value->Type == REG_DWORD)
            Setting = *(ULONG UNALIGNED *)Value->Data;
        ZwClose(Key);
    }
    ZwClose(Service);
    return Setting;
}

static NTSTATUS NTAPI PuppetAdd(PKSDEVICE Device)
{
    UNREFERENCED_PARAMETER(Device);
    return PuppetSetting(L"AddStatus");
}

static NTSTATUS NTAPI PuppetStart(PKSDEVICE Device, PIRP Irp, PCM_RESOURCE_LIST Raw,
                                  PCM_RESOURCE_LIST Translated)
{
    UNREFERENCED_PARAMETER(Device);
    UNREFERENCED_PARAMETER(Irp);
    UNREFERENCED_PARAMETER(Raw);
    UNREFERENCED_PARAMETER(Translated);
    return PuppetSetting(L"StartStatus");
}

static const KSDEVICE_DISPATCH PuppetDeviceDispatch = {.Add = PuppetAdd, .Start = PuppetStart};
static const KSFILTER_DESCRIPTOR *const PuppetFilters[] = {&KitFilter};
static const KSDEVICE_DESCRIPTOR PuppetDevice = {
    .Dispatch = &PuppetDeviceDispatch,
    .FilterDescriptorsCount = 1,
    .FilterDescriptors = PuppetFilters,
    .Version = KSDEVICE_DESCRIPTOR_VERSION,
};

static VOID NTAPI PuppetUnload(PDRIVER_OBJECT Driver)
{
    UNREFERENCED_PARAMETER(Driver);
    ExFreePoolWithTag(ServiceKey.Buffer, 'yeKP');
}

EXTERN_C DRIVER_INITIALIZE DriverEntry;

EXTERN_C NTSTATUS DriverEntry(PDRIVER_OBJECT Driver, PUNICODE_STRING Path)
{
    NTSTATUS Status;

    ServiceKey.Buffer = ExAllocatePoolWithTag(PagedPool, Path->Length, 'yeKP');
    if (!ServiceKey.Buffer)
        return STATUS_INSUFFICIENT_RESOURCES;
    ServiceKey.MaximumLength = Path->Length;
    RtlCopyUnicodeString(&ServiceKey, Path);
    Status = PuppetSetting(L"EntryStatus");
    if (NT_SUCCESS(Status))
        Status = KsInitializeDriver(Driver, Path, &PuppetDevice);
    if (!NT_SUCCESS(Status)) {
        ExFreePoolWithTag(ServiceKey.Buffer, 'yeKP');
        return Status;
    }
    Driver->DriverUnload = PuppetUnload;
    return Status;
}
