/* A kernel of one thread: just what the data path calls. A spin lock that is taken twice fails the
 * case. */
#include "ks_path.h"
#include "../../src/ks/report.h"
#include "../../src/ks/splitter.h"
#include "../../src/ks/stream.h"
#include <ntstrsafe.h>

KIRQL kernel_irql;
unsigned kernel_works, kernel_pool_blocks;
bool kernel_pool_empty;
int kernel_work_type;
const char *kernel_report;
PDMA_ADAPTER kernel_adapter;
ULONG kernel_mapping_max, kernel_mapping_stride, kernel_lists;
void (*kernel_wait_hook)(void);

static ULONGLONG now_100ns = 1000;
static PWORK_QUEUE_ITEM works[8];
static unsigned works_first, works_last;
static PKTIMER timer_set;
static ULONGLONG timer_due;
static PKDPC timer_dpc;

KIRQL NTAPI KeAcquireSpinLockRaiseToDpc(PKSPIN_LOCK SpinLock)
{
    KIRQL before = kernel_irql;

    if (*SpinLock)
        fail_msg("a spin lock is taken twice");
    *SpinLock = 1;
    kernel_irql = DISPATCH_LEVEL;
    return before;
}

KIRQL NTAPI KeGetCurrentIrql(VOID)
{
    return kernel_irql;
}

VOID NTAPI KeReleaseSpinLock(PKSPIN_LOCK SpinLock, KIRQL NewIrql)
{
    if (!*SpinLock)
        fail_msg("a spin lock is released that is free");
    *SpinLock = 0;
    kernel_irql = NewIrql;
}

BOOLEAN NTAPI KeTryToAcquireSpinLockAtDpcLevel(PKSPIN_LOCK SpinLock)
{
    if (kernel_irql != DISPATCH_LEVEL)
        fail_msg("a spin lock is taken at level %u as if at DISPATCH_LEVEL", kernel_irql);
    if (*SpinLock)
        return FALSE;
    *SpinLock = 1;
    return TRUE;
}

VOID NTAPI KeReleaseSpinLockFromDpcLevel(PKSPIN_LOCK SpinLock)
{
    KeReleaseSpinLock(SpinLock, DISPATCH_LEVEL);
}

PVOID NTAPI ExAllocatePoolZero(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag)
{
    (void)PoolType;
    (void)Tag;
    if (kernel_pool_empty)
        return NULL;
    kernel_pool_blocks++;
    return __builtin_calloc(1, NumberOfBytes);
}

VOID NTAPI ExFreePoolWithTag(PVOID P, ULONG Tag)
{
    (void)Tag;
    kernel_pool_blocks--;
    __builtin_free(P);
}

VOID NTAPI ExQueueWorkItem(PWORK_QUEUE_ITEM WorkItem, WORK_QUEUE_TYPE QueueType)
{
    works[works_last++ % 8] = WorkItem;
    kernel_work_type = QueueType;
    kernel_works++;
}

bool kernel_run_work(void)
{
    PWORK_QUEUE_ITEM item;
    KIRQL before = kernel_irql;

    if (works_first == works_last)
        return false;
    item = works[works_first++ % 8];
    kernel_irql = PASSIVE_LEVEL;
    item->WorkerRoutine(item->Parameter);
    kernel_irql = before;
    return true;
}

PKTHREAD NTAPI KeGetCurrentThread(VOID)
{
    return (PKTHREAD)&now_100ns;
}

VOID NTAPI KeInitializeEvent(PRKEVENT Event, EVENT_TYPE Type, BOOLEAN State)
{
    Event->Header.Type = (UCHAR)Type;
    Event->Header.SignalState = State;
}

LONG NTAPI KeSetEvent(PRKEVENT Event, KPRIORITY Increment, BOOLEAN Wait)
{
    LONG before = Event->Header.SignalState;

    (void)Increment;
    (void)Wait;
    Event->Header.SignalState = 1;
    return before;
}

VOID NTAPI KeClearEvent(PRKEVENT Event)
{
    Event->Header.SignalState = 0;
}

/* Nobody else runs: the hook or a work item may set it, otherwise the time-out comes. */
NTSTATUS NTAPI KeWaitForSingleObject(PVOID Object, KWAIT_REASON WaitReason,
                                     KPROCESSOR_MODE WaitMode, BOOLEAN Alertable,
                                     PLARGE_INTEGER Timeout)
{
    PRKEVENT event = Object;

    (void)WaitReason;
    (void)WaitMode;
    (void)Alertable;
    if (!event->Header.SignalState && kernel_wait_hook)
        kernel_wait_hook();
    while (!event->Header.SignalState && kernel_run_work())
        ;
    if (!event->Header.SignalState) {
        if (!Timeout)
            fail_msg("a wait without end");
        return STATUS_TIMEOUT;
    }
    if (event->Header.Type == SynchronizationEvent)
        event->Header.SignalState = 0;
    return STATUS_SUCCESS;
}

VOID NTAPI KeInitializeTimer(PKTIMER Timer)
{
    (void)Timer;
}

VOID NTAPI KeInitializeDpc(PRKDPC Dpc, PKDEFERRED_ROUTINE DeferredRoutine, PVOID DeferredContext)
{
    Dpc->DeferredRoutine = DeferredRoutine;
    Dpc->DeferredContext = DeferredContext;
}

BOOLEAN NTAPI KeSetTimer(PKTIMER Timer, LARGE_INTEGER DueTime, PKDPC Dpc)
{
    timer_set = Timer;
    timer_due = now_100ns + (ULONGLONG)-DueTime.QuadPart;
    timer_dpc = Dpc;
    return FALSE;
}

BOOLEAN NTAPI KeCancelTimer(PKTIMER Timer)
{
    if (timer_set == Timer)
        timer_set = NULL;
    return TRUE;
}

VOID NTAPI KeFlushQueuedDpcs(VOID)
{
}

ULONGLONG NTAPI KeQueryInterruptTime(VOID)
{
    return now_100ns;
}

void kernel_pass_time(ULONGLONG by_100ns)
{
    ULONGLONG until = now_100ns + by_100ns;

    while (timer_set && timer_due <= until) {
        KIRQL before = kernel_irql;
        timer_set = NULL;
        now_100ns = max(now_100ns, timer_due);
        kernel_irql = DISPATCH_LEVEL;
        timer_dpc->DeferredRoutine(timer_dpc, timer_dpc->DeferredContext, NULL, NULL);
        kernel_irql = before;
    }
    now_100ns = until;
}

NTSTATUS NTAPI RtlStringCbVPrintfA(STRSAFE_LPSTR pszDest, size_t cbDest, STRSAFE_LPCSTR pszFormat,
                                   va_list argList)
{
    __builtin_vsnprintf(pszDest, cbDest, pszFormat, argList);
    return STATUS_SUCCESS;
}

/* No pin of these scenes is a splitter's. */
void splitter_wake(struct pin *pin)
{
    UNREFERENCED_PARAMETER(pin);
}

void ks_report(const char *rule, const char *sentence)
{
    (void)sentence;
    kernel_report = rule;
}

/* --- a device that maps -------------------------------------------------------------- */

PKSDEVICE NTAPI KsGetDevice(PVOID Object)
{
    static KSDEVICE device;

    (void)Object;
    return &device;
}

PDMA_ADAPTER device_adapter(struct device *device, PULONG max_mapping_bytes, PULONG mapping_stride)
{
    (void)device;
    *max_mapping_bytes = kernel_mapping_max;
    *mapping_stride = kernel_mapping_stride;
    return kernel_adapter;
}

/* --- the event stream is off --------------------------------------------------------- */

volatile int weir_switch_enabled;
void weir_switch_point(void)
{
}

uint64_t watch_wanted;

void watch_dispatch(enum watch_kind kind, uint64_t object, const char *name, uint64_t a, uint64_t b)
{
    (void)kind;
    (void)object;
    (void)name;
    (void)a;
    (void)b;
}
