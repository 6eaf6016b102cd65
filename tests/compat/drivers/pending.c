/* Create and Close that answer STATUS_PENDING: a work item ends each with KsCompletePendingRequest.
 * Knobs pin_status is the status that a pending pin create ends with, if PENDING_FAILS is told by
 * POKE_OWN. */
#include <ntddk.h>
#include <windef.h>
#include <ks.h>
static NTSTATUS PendingLater(PVOID Object, PIRP Irp);
static NTSTATUS PendingPinCreate(PKSPIN Pin, PIRP Irp);
static NTSTATUS PendingPoke(PKSFILTER Filter, ULONG What);
static NTSTATUS NTAPI PendingProcess(PKSPIN Pin);
#define KIT_FILTER_CREATE(f, i) PendingLater(f, i)
#define KIT_FILTER_CLOSE(f, i)  PendingLater(f, i)
#define KIT_PIN_CREATE          PendingPinCreate
#define KIT_PIN_CLOSE(p, i)     PendingLater(p, i)
#define KIT_POKE                PendingPoke
#define KIT_PIN_PROCESS         PendingProcess
#include "kit.h"

static NTSTATUS NextPinStatus;

struct later {
    WORK_QUEUE_ITEM Item;
    PIRP Irp;
    NTSTATUS Status;
};

static VOID NTAPI PendingWork(PVOID Context)
{
    struct later *Later = Context;
    PIRP Irp = Later->Irp;

    Irp->IoStatus.Status = Later->Status;
    ExFreePool(Later);
    Kit.Facts.more[0]++;
    KsCompletePendingRequest(Irp);
}

static NTSTATUS PendingStart(PIRP Irp, NTSTATUS Status)
{
    struct later *Later = ExAllocatePoolWithTag(NonPagedPool, sizeof(*Later), 'retL');

    if (!Later)
        return STATUS_INSUFFICIENT_RESOURCES;
    Later->Irp = Irp;
    Later->Status = Status;
    IoMarkIrpPending(Irp);
    ExInitializeWorkItem(&Later->Item, PendingWork, Later);
    ExQueueWorkItem(&Later->Item, DelayedWorkQueue);
    return STATUS_PENDING;
}

static NTSTATUS PendingLater(PVOID Object, PIRP Irp)
{
    UNREFERENCED_PARAMETER(Object);
    return PendingStart(Irp, STATUS_SUCCESS);
}

static NTSTATUS PendingPinCreate(PKSPIN Pin, PIRP Irp)
{
    if (!NT_SUCCESS(NextPinStatus))
        Kit.Pin[Pin->Id] = NULL;
    return PendingStart(Irp, NextPinStatus);
}

static NTSTATUS PendingPoke(PKSFILTER Filter, ULONG What)
{
    UNREFERENCED_PARAMETER(Filter);
    NextPinStatus = What == POKE_OWN ? STATUS_DEVICE_DATA_ERROR : STATUS_SUCCESS;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI PendingProcess(PKSPIN Pin)
{
    KitProcessed();
    return KitProcessAll(Pin);
}
