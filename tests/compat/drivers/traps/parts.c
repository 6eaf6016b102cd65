/* The C half. */
#include <initguid.h>
#include "common.h"
#include "TRAPSMIXED.H"
#include "Inc\trapsback.h"

/* Implicit int, as old sources have it. */
static Twice(Value)
int Value;
{
    return Value * 2;
}

const GUID *TrapsGuidOfC(void)
{
    return &TrapsGuid;
}

const GUID *TrapsNamedOfC(void)
{
    return &TRAPS_NAMED;
}

/* --- a COM object in C: `this` first, the three slots of IUnknown, then the methods ------------------------------------ */

static NTSTATUS NTAPI ClockQuery(PIKSREFERENCECLOCK This, REFIID Id, PVOID *Result)
{
    UNREFERENCED_PARAMETER(This);
    UNREFERENCED_PARAMETER(Id);
    *Result = NULL;
    return STATUS_NOT_FOUND;
}
static ULONG NTAPI ClockAddRef(PIKSREFERENCECLOCK This)
{
    UNREFERENCED_PARAMETER(This);
    return 2;
}
static ULONG NTAPI ClockRelease(PIKSREFERENCECLOCK This)
{
    UNREFERENCED_PARAMETER(This);
    return 1;
}
static LONGLONG NTAPI ClockTime(PIKSREFERENCECLOCK This)
{
    UNREFERENCED_PARAMETER(This);
    return 123456789012345LL;
}
static const IKsReferenceClockVtbl ClockTable = {
    .QueryInterface = ClockQuery, .AddRef = ClockAddRef, .Release = ClockRelease, .GetTime = ClockTime};
static IKsReferenceClock ClockObject = {(IKsReferenceClockVtbl *)&ClockTable};

PIKSREFERENCECLOCK TrapsClockOfC(void)
{
    return &ClockObject;
}

LONGLONG TrapsTimeByC(PIKSREFERENCECLOCK Clock)
{
    return Clock->lpVtbl->GetTime(Clock);
}

/* --- structured exceptions ------------------------------------------------------------------------------------------- */

static BOOLEAN Except(void)
{
    volatile ULONG Steps = 0;

    __try {
        Steps |= 1;
        ExRaiseStatus(STATUS_DEVICE_DATA_ERROR);
        Steps |= 2;
    } __except (GetExceptionCode() == STATUS_DEVICE_DATA_ERROR ? EXCEPTION_EXECUTE_HANDLER
                                                               : EXCEPTION_CONTINUE_SEARCH) {
        Steps |= 4;
    }
    __try {
        Steps |= 8;
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        Steps |= 16;
    }
    return Steps == 13;
}

static BOOLEAN Finally(void)
{
    volatile ULONG Steps = 0;

    __try {
        Steps |= 1;
    } __finally {
        Steps |= 2;
    }
    __try {
        __try {
            ExRaiseStatus(STATUS_DEVICE_DATA_ERROR);
        } __finally {
            Steps |= 4; /* on the way out */
        }
        Steps |= 8;
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        Steps |= 16;
    }
    return Steps == (1 | 2 | 4 | 16);
}

static BOOLEAN Leave(void)
{
    volatile ULONG Steps = 0;

    __try {
        for (volatile int i = 0; i < 10; i++) {
            if (i == 3)
                __leave;
            Steps++;
        }
        Steps += 100;
    } __finally {
        Steps += 10;
    }
    return Steps == 13;
}

static VOID Deep(int Levels)
{
    if (Levels)
        Deep(Levels - 1);
    else
        ExRaiseStatus(STATUS_NOT_FOUND);
}

static BOOLEAN Nested(void)
{
    volatile NTSTATUS Inner = 0, Outer = 0;

    __try {
        __try {
            Deep(5);
        } __except (EXCEPTION_EXECUTE_HANDLER) {
            Inner = GetExceptionCode();
            ExRaiseStatus(STATUS_NO_MATCH);
        }
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        Outer = GetExceptionCode();
    }
    return Inner == STATUS_NOT_FOUND && Outer == STATUS_NO_MATCH;
}

static BOOLEAN Fault(void)
{
    volatile NTSTATUS Code = 0;

    __try {
        ProbeForRead((PVOID)(ULONG_PTR)0x10, 8, 1);
        *(volatile ULONG *)(ULONG_PTR)0x10 = 1;
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        Code = GetExceptionCode();
    }
    return Code == STATUS_ACCESS_VIOLATION;
}

/* --- work items, time ---------------------------------------------------------------------------------------------------- */

static KEVENT Done;
static IO_WORKITEM_ROUTINE Work;
static VOID NTAPI Work(PDEVICE_OBJECT Device, PVOID Context)
{
    UNREFERENCED_PARAMETER(Device);
    *(ULONG *)Context = KeGetCurrentIrql() == PASSIVE_LEVEL;
    KeSetEvent(&Done, IO_NO_INCREMENT, FALSE);
}

static BOOLEAN WorkItem(void)
{
    PIO_WORKITEM Item = IoAllocateWorkItem(TrapsDevice);
    ULONG Passive = 0;

    if (!Item)
        return FALSE;
    KeInitializeEvent(&Done, NotificationEvent, FALSE);
    IoQueueWorkItem(Item, Work, DelayedWorkQueue, &Passive);
    KeWaitForSingleObject(&Done, Executive, KernelMode, FALSE, NULL);
    IoFreeWorkItem(Item);
    return Passive == 1;
}

static BOOLEAN AbsoluteTimer(void)
{
    LARGE_INTEGER Due, Limit;
    KTIMER Timer;

    KeInitializeTimer(&Timer);
    KeQuerySystemTime(&Due);
    Due.QuadPart += 20000; /* 2 ms from now, as a date */
    KeSetTimer(&Timer, Due, NULL);
    Limit.QuadPart = -100000000;
    return KeWaitForSingleObject(&Timer, Executive, KernelMode, FALSE, &Limit) == STATUS_SUCCESS;
}

static BOOLEAN Lookaside(void)
{
    NPAGED_LOOKASIDE_LIST List;
    PVOID A, B;
    BOOLEAN Good;

    ExInitializeNPagedLookasideList(&List, NULL, NULL, 0, 48, 'kooL', 0);
    A = ExAllocateFromNPagedLookasideList(&List);
    B = ExAllocateFromNPagedLookasideList(&List);
    Good = A && B && A != B;
    if (Good)
        RtlFillMemory(A, 48, 1), RtlFillMemory(B, 48, 2);
    if (A)
        ExFreeToNPagedLookasideList(&List, A);
    if (B)
        ExFreeToNPagedLookasideList(&List, B);
    ExDeleteNPagedLookasideList(&List);
    return Good;
}

static BOOLEAN File(void)
{
    OBJECT_ATTRIBUTES Attributes;
    UNICODE_STRING Name;
    IO_STATUS_BLOCK Iosb;
    CHAR Text[16] = {0};
    HANDLE File;

    RtlInitUnicodeString(&Name, L"\\DosDevices\\c:\\traps.txt");
    InitializeObjectAttributes(&Attributes, &Name, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, NULL, NULL);
    if (!NT_SUCCESS(ZwCreateFile(&File, GENERIC_READ | SYNCHRONIZE, &Attributes, &Iosb, NULL, 0, FILE_SHARE_READ,
                                 FILE_OPEN, FILE_SYNCHRONOUS_IO_NONALERT, NULL, 0)))
        return FALSE;
    ZwReadFile(File, NULL, NULL, NULL, &Iosb, Text, 5, NULL, NULL);
    ZwClose(File);
    return Iosb.Information == 5 && RtlCompareMemory(Text, "weir!", 5) == 5;
}

static BOOLEAN Irql(void)
{
    KSPIN_LOCK Lock;
    KIRQL Old, At;

    KeInitializeSpinLock(&Lock);
    KeAcquireSpinLock(&Lock, &Old);
    At = KeGetCurrentIrql();
    KeReleaseSpinLock(&Lock, Old);
    return Old == PASSIVE_LEVEL && At == DISPATCH_LEVEL && KeGetCurrentIrql() == PASSIVE_LEVEL;
}

BOOLEAN TrapsCheckC(ULONG Trap)
{
    switch (Trap) {
    case TRAP_IMPLICIT_INT: return Twice(21) == 42;
    case TRAP_POOL_TAG: return 'abcd' == 0x61626364;
    case TRAP_ABSOLUTE_TIMER: return AbsoluteTimer();
    case TRAP_FILE: return File();
    case TRAP_SEH_EXCEPT: return Except();
    case TRAP_SEH_FINALLY: return Finally();
    case TRAP_SEH_LEAVE: return Leave();
    case TRAP_SEH_NESTED: return Nested();
    case TRAP_SEH_FAULT: return Fault();
    case TRAP_LOOKASIDE: return Lookaside();
    case TRAP_IRQL: return Irql();
    case TRAP_WORK_ITEM: return WorkItem();
    case TRAP_CASE_FOLDING_INCLUDE: return TRAPS_MIXED == 77;
    case TRAP_BACKSLASH_INCLUDE: return TRAPS_BACK == 78;
    case TRAP_DEBUG_BUILD: return DBG;
    }
    return FALSE;
}
