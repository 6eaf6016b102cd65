/* A pin's allocator under load, by the function table that a driver gets from
 * KSPROPERTY_STREAMALLOCATOR_FUNCTIONTABLE; a waiter waits with KSMETHOD_STREAMALLOCATOR_ALLOC.
 * Everything runs in kernel mode here: no request is part of a measurement but those of waiters. */
#include "bench.h"

#define BENCH_GIVE_WAY() BenchGiveWay()
#include "ring.h"

typedef struct _BENCH_POOL {
    HANDLE Handle;
    PFILE_OBJECT File;
    KSSTREAMALLOCATOR_FUNCTIONTABLE Table;
} BENCH_POOL, *PBENCH_POOL;

typedef struct _BENCH_LOAD {
    BENCH_POOL Pool, Other; /* Other: hand-off only */
    ULONGLONG Operations;   /* of one thread */
    PVOID Frame, OtherFrame;
    struct bench_ring Ring;
} BENCH_LOAD, *PBENCH_LOAD;

/* --- allocators ------------------------------------------------------------------------------- */

static VOID PoolClose(PBENCH_POOL Pool)
{
    if (Pool->File)
        ObDereferenceObject(Pool->File);
    if (Pool->Handle)
        ZwClose(Pool->Handle);
    RtlZeroMemory(Pool, sizeof(*Pool));
}

static NTSTATUS PoolTable(PBENCH_POOL Pool)
{
    KSPROPERTY Property = {.Set = KSPROPSETID_StreamAllocator,
                           .Id = KSPROPERTY_STREAMALLOCATOR_FUNCTIONTABLE,
                           .Flags = KSPROPERTY_TYPE_GET};
    ULONG Returned;

    return KsSynchronousIoControlDevice(Pool->File, KernelMode, IOCTL_KS_PROPERTY, &Property,
                                        sizeof(Property), &Pool->Table, sizeof(Pool->Table),
                                        &Returned);
}

static NTSTATUS PoolOpen(PFILE_OBJECT PinFile, ULONG Frames, PBENCH_POOL Pool)
{
    KSALLOCATOR_FRAMING Framing = {.OptionsFlags = KSALLOCATOR_OPTIONF_SYSTEM_MEMORY,
                                   .PoolType = NonPagedPoolNx,
                                   .Frames = Frames,
                                   .FrameSize = BENCH_FRAME_BYTES,
                                   .FileAlignment = BENCH_CACHE_LINE - 1};
    HANDLE PinHandle;
    NTSTATUS Status = ObOpenObjectByPointer(PinFile, OBJ_KERNEL_HANDLE, NULL, GENERIC_READ,
                                            *IoFileObjectType, KernelMode, &PinHandle);

    if (!NT_SUCCESS(Status))
        return Status;
    Status = KsCreateAllocator(PinHandle, &Framing, &Pool->Handle);
    ZwClose(PinHandle);
    if (NT_SUCCESS(Status))
        Status = ObReferenceObjectByHandle(Pool->Handle, 0, *IoFileObjectType, KernelMode,
                                           (PVOID *)&Pool->File, NULL);
    if (NT_SUCCESS(Status))
        Status = PoolTable(Pool);
    if (!NT_SUCCESS(Status))
        PoolClose(Pool);
    return Status;
}

static inline NTSTATUS PoolAllocate(PBENCH_POOL Pool, PVOID *Frame)
{
    return Pool->Table.AllocateFrame(Pool->File, Frame);
}

static inline VOID PoolFree(PBENCH_POOL Pool, PVOID Frame)
{
    Pool->Table.FreeFrame(Pool->File, Frame);
}

static NTSTATUS PoolWait(PBENCH_POOL Pool, PVOID *Frame)
{
    KSMETHOD Method = {.Set = KSMETHODSETID_StreamAllocator,
                       .Id = KSMETHOD_STREAMALLOCATOR_ALLOC,
                       .Flags = KSMETHOD_TYPE_WRITE};
    ULONG Returned;

    return KsSynchronousIoControlDevice(Pool->File, KernelMode, IOCTL_KS_METHOD, &Method,
                                        sizeof(Method), Frame, sizeof(*Frame), &Returned);
}

/* All frames out and back once: a pool makes its memory then, not while it is measured. */
static NTSTATUS PoolWarm(PBENCH_POOL Pool)
{
    PVOID Frames[BENCH_POOL_FRAMES];
    NTSTATUS Status = STATUS_SUCCESS;
    ULONG Count = 0;

    while (Count < BENCH_POOL_FRAMES && NT_SUCCESS(Status)) {
        Status = PoolAllocate(Pool, &Frames[Count]);
        Count += NT_SUCCESS(Status);
    }
    while (Count)
        PoolFree(Pool, Frames[--Count]);
    return Status;
}

/* --- what the threads do ---------------------------------------------------------------------- */

static NTSTATUS WorkPairs(PVOID Context)
{
    PBENCH_LOAD Load = Context;
    PVOID Frame;

    for (ULONGLONG I = 0; I < Load->Operations; I++) {
        NTSTATUS Status = PoolAllocate(&Load->Pool, &Frame);
        if (!NT_SUCCESS(Status))
            return Status;
        PoolFree(&Load->Pool, Frame);
    }
    return STATUS_SUCCESS;
}

/* A failure must not leave the other thread waiting: there is none while frames are left. */
static NTSTATUS WorkAllocate(PVOID Context)
{
    PBENCH_LOAD Load = Context;
    NTSTATUS Worst = STATUS_SUCCESS;

    for (ULONGLONG I = 0; I < Load->Operations; I++) {
        PVOID Frame;
        ULONG Spins = 0;
        NTSTATUS Status = PoolAllocate(&Load->Pool, &Frame);
        while (!NT_SUCCESS(Status)) {
            Worst = Status;
            bench_ring_spin(&Spins);
            Status = PoolAllocate(&Load->Pool, &Frame);
        }
        bench_ring_put(&Load->Ring, I, Frame);
    }
    return Worst;
}

static NTSTATUS WorkFree(PVOID Context)
{
    PBENCH_LOAD Load = Context;

    for (ULONGLONG I = 0; I < Load->Operations; I++)
        PoolFree(&Load->Pool, bench_ring_get(&Load->Ring, I));
    return STATUS_SUCCESS;
}

/* Frees a frame of the other's pool, then waits for one of its own; the other one vice versa. */
static NTSTATUS WorkServeFirst(PVOID Context)
{
    PBENCH_LOAD Load = Context;
    NTSTATUS Status = STATUS_SUCCESS;

    for (ULONGLONG I = 0; I < Load->Operations && NT_SUCCESS(Status); I++) {
        PoolFree(&Load->Other, Load->OtherFrame);
        Status = PoolWait(&Load->Pool, &Load->Frame);
    }
    return Status;
}

static NTSTATUS WorkWaitFirst(PVOID Context)
{
    PBENCH_LOAD Load = Context;
    NTSTATUS Status = STATUS_SUCCESS;

    for (ULONGLONG I = 0; I < Load->Operations && NT_SUCCESS(Status); I++) {
        Status = PoolWait(&Load->Other, &Load->OtherFrame);
        PoolFree(&Load->Pool, Load->Frame);
    }
    return Status;
}

/* --- scenes ----------------------------------------------------------------------------------- */

static NTSTATUS SceneOneThread(PBENCH_LOAD Load, unsigned long long *Nanoseconds)
{
    ULONGLONG Start = BenchNanoseconds();
    NTSTATUS Status = WorkPairs(Load);

    *Nanoseconds = BenchNanoseconds() - Start;
    return Status;
}

static NTSTATUS SceneTwoThreads(PBENCH_LOAD Load, unsigned long long *Nanoseconds)
{
    Load->Operations /= 2;
    return BenchTogether(WorkPairs, WorkPairs, Load, Nanoseconds);
}

static NTSTATUS SceneAcross(PBENCH_LOAD Load, unsigned long long *Nanoseconds)
{
    return BenchTogether(WorkAllocate, WorkFree, Load, Nanoseconds);
}

/* Both pools have one frame, and it is out. */
static NTSTATUS SceneHandOff(PBENCH_LOAD Load, unsigned long long *Nanoseconds)
{
    NTSTATUS Status = PoolAllocate(&Load->Pool, &Load->Frame);

    if (!NT_SUCCESS(Status))
        return Status;
    Status = PoolAllocate(&Load->Other, &Load->OtherFrame);
    if (NT_SUCCESS(Status)) {
        Load->Operations /= 2;
        Status = BenchTogether(WorkServeFirst, WorkWaitFirst, Load, Nanoseconds);
        PoolFree(&Load->Other, Load->OtherFrame);
    }
    PoolFree(&Load->Pool, Load->Frame);
    return Status;
}

static NTSTATUS (*const Scenes[BENCH_SCENES])(PBENCH_LOAD, unsigned long long *) = {
    [BENCH_ONE_THREAD] = SceneOneThread,
    [BENCH_TWO_THREADS] = SceneTwoThreads,
    [BENCH_ACROSS] = SceneAcross,
    [BENCH_HAND_OFF] = SceneHandOff,
};

static NTSTATUS LoadOpen(PFILE_OBJECT File, const BENCH_REQUEST *Wish, PBENCH_LOAD Load)
{
    BOOLEAN HandOff = Wish->Scene == BENCH_HAND_OFF;
    NTSTATUS Status = PoolOpen(File, HandOff ? 1 : BENCH_POOL_FRAMES, &Load->Pool);

    if (NT_SUCCESS(Status))
        Status = HandOff ? PoolOpen(File, 1, &Load->Other) : PoolWarm(&Load->Pool);
    Load->Operations = Wish->Operations;
    return Status;
}

NTSTATUS BenchGetAllocator(PIRP Irp, PKSIDENTIFIER Request, PVOID Data)
{
    const BENCH_REQUEST *Wish = &((PBENCH_PROPERTY)Request)->Request;
    BENCH_RESULT *Result = Data;
    PBENCH_LOAD Load;
    NTSTATUS Status;

    if (Wish->Scene >= BENCH_SCENES || Wish->Operations < 2)
        return STATUS_INVALID_PARAMETER;
    Load = ExAllocatePoolZero(NonPagedPoolNxCacheAligned, sizeof(*Load), BENCH_TAG);
    if (!Load)
        return STATUS_INSUFFICIENT_RESOURCES;
    Status = LoadOpen(IoGetCurrentIrpStackLocation(Irp)->FileObject, Wish, Load);
    if (NT_SUCCESS(Status))
        Status = Scenes[Wish->Scene](Load, &Result->Nanoseconds);
    PoolClose(&Load->Other);
    PoolClose(&Load->Pool);
    ExFreePoolWithTag(Load, BENCH_TAG);
    Result->Operations = Wish->Operations;
    Irp->IoStatus.Information = sizeof(*Result);
    return Status;
}
