/* A circuit: source, pass-throughs, renderer, each pin-centric; nobody touches the picture.
 *
 * The source makes frames only while a request feeds it, so that the whole circuit runs on the
 * thread of that request, inside KsPinAttemptProcessing. Lock: Feed belongs to the source's
 * processing mutex, Taken to the renderer's; the request reads both when all has come to rest. */
#include "bench.h"

static struct {
    ULONGLONG Feed;  /* frames that the source still makes */
    ULONGLONG Taken; /* frames that reached the renderer */
} Circuit;

NTSTATUS BenchSourceProcess(PKSPIN Pin)
{
    PKSSTREAM_POINTER Leading;
    NTSTATUS Status = STATUS_SUCCESS;

    if (!Circuit.Feed)
        return STATUS_PENDING;
    Leading = KsPinGetLeadingEdgeStreamPointer(Pin, KSSTREAM_POINTER_STATE_LOCKED);
    if (!Leading)
        return STATUS_PENDING;
    while (NT_SUCCESS(Status)) {
        Leading->StreamHeader->DataUsed = BENCH_FRAME_BYTES;
        Circuit.Feed--;
        Status = KsStreamPointerAdvance(Leading);
        if (NT_SUCCESS(Status) && !Circuit.Feed) {
            KsStreamPointerUnlock(Leading, FALSE);
            return STATUS_PENDING;
        }
    }
    return Circuit.Feed ? STATUS_SUCCESS : STATUS_PENDING;
}

NTSTATUS BenchPassProcess(PKSPIN Pin)
{
    PKSSTREAM_POINTER Leading =
        KsPinGetLeadingEdgeStreamPointer(Pin, KSSTREAM_POINTER_STATE_LOCKED);
    NTSTATUS Status = Leading ? STATUS_SUCCESS : STATUS_DEVICE_NOT_READY;

    while (NT_SUCCESS(Status))
        Status = KsStreamPointerAdvance(Leading);
    return STATUS_PENDING; /* until the next frame arrives */
}

NTSTATUS BenchRendererProcess(PKSPIN Pin)
{
    PKSSTREAM_POINTER Leading =
        KsPinGetLeadingEdgeStreamPointer(Pin, KSSTREAM_POINTER_STATE_LOCKED);
    NTSTATUS Status = Leading ? STATUS_SUCCESS : STATUS_DEVICE_NOT_READY;

    while (NT_SUCCESS(Status)) {
        Circuit.Taken += Leading->StreamHeader->DataUsed == BENCH_FRAME_BYTES;
        Status = KsStreamPointerAdvance(Leading);
    }
    return STATUS_PENDING;
}

/* STATUS_UNSUCCESSFUL: a frame stayed behind, or went on by another thread. */
NTSTATUS BenchGetCircuit(PIRP Irp, PKSIDENTIFIER Request, PVOID Data)
{
    const BENCH_REQUEST *Wish = &((PBENCH_PROPERTY)Request)->Request;
    PKSPIN Pin = KsGetPinFromIrp(Irp);
    BENCH_RESULT *Result = Data;
    ULONGLONG Start;

    if (!Pin || Pin->DeviceState != KSSTATE_RUN)
        return STATUS_INVALID_DEVICE_STATE;
    KsPinAcquireProcessingMutex(Pin);
    Circuit.Feed = Wish->Operations;
    Circuit.Taken = 0;
    KsPinReleaseProcessingMutex(Pin);
    Start = BenchNanoseconds();
    KsPinAttemptProcessing(Pin, FALSE);
    Result->Nanoseconds = BenchNanoseconds() - Start;
    Result->Operations = Circuit.Taken;
    Irp->IoStatus.Information = sizeof(*Result);
    return Circuit.Taken == Wish->Operations ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}
