/* Two system threads that start together: each says that it is there and spins until both are, so
 * that neither start nor end of a thread is measured. The time is from the first one's start to the
 * last one's end. */
#include "bench.h"

typedef struct _BENCH_THREAD {
    struct _BENCH_PAIR *Pair;
    BENCH_WORK *Work;
    NTSTATUS Status;
    ULONGLONG Start, End;
} BENCH_THREAD, *PBENCH_THREAD;

typedef struct _BENCH_PAIR {
    volatile LONG There;
    PVOID Context;
    BENCH_THREAD Thread[2];
} BENCH_PAIR, *PBENCH_PAIR;

unsigned long long BenchNanoseconds(void)
{
    LARGE_INTEGER Frequency, Now = KeQueryPerformanceCounter(&Frequency);

    return (ULONGLONG)Now.QuadPart * (1000000000 / (ULONGLONG)Frequency.QuadPart);
}

void BenchGiveWay(void)
{
    LARGE_INTEGER Shortly = {.QuadPart = -1};

    KeDelayExecutionThread(KernelMode, FALSE, &Shortly);
}

static VOID BenchThread(PVOID Context)
{
    PBENCH_THREAD Thread = Context;

    InterlockedIncrement(&Thread->Pair->There);
    while (Thread->Pair->There < 2)
        YieldProcessor();
    Thread->Start = BenchNanoseconds();
    Thread->Status = Thread->Work(Thread->Pair->Context);
    Thread->End = BenchNanoseconds();
    PsTerminateSystemThread(STATUS_SUCCESS);
}

static NTSTATUS BenchThreadCreate(PBENCH_THREAD Thread, PVOID *Object)
{
    HANDLE Handle;
    NTSTATUS Status =
        PsCreateSystemThread(&Handle, THREAD_ALL_ACCESS, NULL, NULL, NULL, BenchThread, Thread);

    if (!NT_SUCCESS(Status))
        return Status;
    Status = ObReferenceObjectByHandle(Handle, THREAD_ALL_ACCESS, *PsThreadType, KernelMode, Object,
                                       NULL);
    ZwClose(Handle);
    return Status;
}

static VOID BenchThreadJoin(PVOID Object)
{
    KeWaitForSingleObject(Object, Executive, KernelMode, FALSE, NULL);
    ObDereferenceObject(Object);
}

/* A second thread that cannot be made leaves the first one nothing to wait for. */
NTSTATUS BenchTogether(BENCH_WORK *First, BENCH_WORK *Second, PVOID Context,
                       unsigned long long *Nanoseconds)
{
    BENCH_PAIR Pair = {.Context = Context,
                       .Thread = {{.Pair = &Pair, .Work = First}, {.Pair = &Pair, .Work = Second}}};
    PVOID Objects[2];
    NTSTATUS Status = BenchThreadCreate(&Pair.Thread[0], &Objects[0]);

    if (!NT_SUCCESS(Status))
        return Status;
    Status = BenchThreadCreate(&Pair.Thread[1], &Objects[1]);
    if (NT_SUCCESS(Status))
        BenchThreadJoin(Objects[1]);
    else
        InterlockedIncrement(&Pair.There);
    BenchThreadJoin(Objects[0]);
    *Nanoseconds = max(Pair.Thread[0].End, Pair.Thread[1].End) -
                   min(Pair.Thread[0].Start, Pair.Thread[1].Start);
    for (ULONG I = 0; I < 2 && NT_SUCCESS(Status); I++)
        Status = Pair.Thread[I].Status;
    return Status;
}
