/* Custom properties, methods and events by automation tables, of the filter and of the pin. */
#include <ntddk.h>
#include <windef.h>
#include <ks.h>
static NTSTATUS NTAPI CustomProcess(PKSPIN Pin);
static NTSTATUS CustomPoke(PKSFILTER Filter, ULONG What);
#define KIT_PIN_PROCESS CustomProcess
#define KIT_POKE        CustomPoke
#include "../custom.h"

static const GUID CustomSetId = CUSTOM_SET_INIT;
static LONG Level = 5;
static UCHAR Blob[256];
static ULONG BlobBytes;

static NTSTATUS NTAPI GetLevel(PIRP Irp, PKSIDENTIFIER Request, PVOID Data)
{
    UNREFERENCED_PARAMETER(Irp);
    UNREFERENCED_PARAMETER(Request);
    *(LONG *)Data = Level;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI SetLevel(PIRP Irp, PKSIDENTIFIER Request, PVOID Data)
{
    UNREFERENCED_PARAMETER(Irp);
    UNREFERENCED_PARAMETER(Request);
    if (*(LONG *)Data < 0 || *(LONG *)Data > 100)
        return STATUS_INVALID_PARAMETER;
    Level = *(LONG *)Data;
    return STATUS_SUCCESS;
}

/* Any length: size query, short buffer, whole. */
static NTSTATUS NTAPI GetBlob(PIRP Irp, PKSIDENTIFIER Request, PVOID Data)
{
    ULONG Room = IoGetCurrentIrpStackLocation(Irp)->Parameters.DeviceIoControl.OutputBufferLength;

    UNREFERENCED_PARAMETER(Request);
    Irp->IoStatus.Information = BlobBytes;
    if (Room == 0)
        return STATUS_BUFFER_OVERFLOW;
    if (Room < BlobBytes)
        return STATUS_BUFFER_TOO_SMALL;
    RtlCopyMemory(Data, Blob, BlobBytes);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI SetBlob(PIRP Irp, PKSIDENTIFIER Request, PVOID Data)
{
    ULONG Bytes = IoGetCurrentIrpStackLocation(Irp)->Parameters.DeviceIoControl.OutputBufferLength;

    UNREFERENCED_PARAMETER(Request);
    if (Bytes > sizeof(Blob))
        return STATUS_INVALID_BUFFER_SIZE;
    RtlCopyMemory(Blob, Data, Bytes);
    BlobBytes = Bytes;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI SumMethod(PIRP Irp, PKSIDENTIFIER Request, PVOID Data)
{
    struct custom_sum *Sum = Data;

    UNREFERENCED_PARAMETER(Request);
    Sum->sum = Sum->a + Sum->b;
    Irp->IoStatus.Information = sizeof(*Sum); /* the handler of a method says it itself */
    return STATUS_SUCCESS;
}

static KSPROPERTY_STEPPING_LONG LevelSteps[] = {{1, 0, {{0, 100}}}};
static LONG LevelDefault[] = {5};
static KSPROPERTY_MEMBERSLIST LevelMembers[] = {
    {{KSPROPERTY_MEMBER_STEPPEDRANGES, sizeof(LevelSteps), 1, 0}, LevelSteps},
    {{KSPROPERTY_MEMBER_VALUES, sizeof(LevelDefault), 1, KSPROPERTY_MEMBER_FLAG_DEFAULT},
     LevelDefault},
};
static KSPROPERTY_VALUES LevelValues = {
    {STATICGUIDOF(KSPROPTYPESETID_General), VT_I4, 0}, SIZEOF_ARRAY(LevelMembers), LevelMembers};

static const KSPROPERTY_ITEM CustomItems[] = {
    DEFINE_KSPROPERTY_ITEM(CUSTOM_LEVEL, GetLevel, sizeof(KSPROPERTY), sizeof(LONG), SetLevel,
                           &LevelValues, 0, NULL, NULL, sizeof(LONG)),
    DEFINE_KSPROPERTY_ITEM(CUSTOM_BLOB, GetBlob, sizeof(KSPROPERTY), 0, SetBlob, NULL, 0, NULL,
                           NULL, 0),
    DEFINE_KSPROPERTY_ITEM(CUSTOM_READ_ONLY, GetLevel, sizeof(KSPROPERTY), sizeof(LONG), NULL, NULL,
                           0, NULL, NULL, 0),
};
static const KSMETHOD_ITEM CustomMethods[] = {
    DEFINE_KSMETHOD_ITEM(CUSTOM_SUM, KSMETHOD_TYPE_MODIFY, SumMethod, sizeof(KSMETHOD),
                         sizeof(struct custom_sum), NULL),
};
static const KSMETHOD_SET CustomMethodSets[] = {
    DEFINE_KSMETHOD_SET(&CustomSetId, SIZEOF_ARRAY(CustomMethods), CustomMethods, 0, NULL),
};

static NTSTATUS NTAPI AddFiredEvent(PIRP Irp, PKSEVENTDATA Data, PKSEVENT_ENTRY Entry)
{
    UNREFERENCED_PARAMETER(Data);
    KsFilterAddEvent(KsGetFilterFromIrp(Irp), Entry);
    return STATUS_SUCCESS;
}

static const KSEVENT_ITEM CustomEvents[] = {
    DEFINE_KSEVENT_ITEM(CUSTOM_FIRED, sizeof(KSEVENTDATA), 0, (PFNKSADDEVENT)AddFiredEvent, NULL,
                        NULL),
    DEFINE_KSEVENT_ITEM(CUSTOM_DEFAULT, sizeof(KSEVENTDATA), 0, NULL, NULL, NULL),
};
static const KSEVENT_SET CustomEventSets[] = {
    DEFINE_KSEVENT_SET(&CustomSetId, SIZEOF_ARRAY(CustomEvents), CustomEvents),
};

#define KIT_SETS                                                                                   \
    DEFINE_KSPROPERTY_SET(&CustomSetId, SIZEOF_ARRAY(CustomItems), CustomItems, 0, NULL),
#define KIT_METHODS CustomMethodSets
#define KIT_EVENTS  CustomEventSets
#include "kit.h"

static NTSTATUS NTAPI CustomProcess(PKSPIN Pin)
{
    KitProcessed();
    return KitProcessAll(Pin);
}

static NTSTATUS CustomPoke(PKSFILTER Filter, ULONG What)
{
    KsFilterGenerateEvents(Filter, &CustomSetId, What - POKE_OWN, 0, NULL, NULL, NULL);
    return STATUS_SUCCESS;
}
