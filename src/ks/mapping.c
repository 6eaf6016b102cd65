/* Mappings of a frame (KSPIN_FLAG_GENERATE_MAPPINGS): scatter/gather elements for the device, made
 * at the first lock, released when the frame leaves the queue.
 *
 * Lock: queue->lock, held over the calls of the adapter: that is DISPATCH_LEVEL, which they ask
 * for. If the adapter has no map registers at once, the lock fails with STATUS_DEVICE_NOT_READY
 * ("locking can occasionally fail") and what comes late is given back.
 * Interface: a table has mapping_stride bytes for each KSMAPPING; what lies behind is the
 * minidriver's, zeroed. */
#include "queue_inside.h"
#include "stream.h"

enum answer { ANSWER_NONE, ANSWER_READY, ANSWER_ABANDONED };

struct table {
    LIST_ENTRY link;
    ULONG capacity_bytes;
    LONG answer; /* enum answer; who comes second, adapter or lock, sees what the first did */
    PDMA_ADAPTER adapter;
    BOOLEAN to_device;
    PSCATTER_GATHER_LIST list;
};

C_ASSERT(sizeof(struct table) % 8 == 0);

static PVOID table_mappings(struct table *table)
{
    return table + 1;
}

static struct table *table_of(struct frame *frame)
{
    return (struct table *)frame->mappings - 1;
}

ULONG mapping_stride(struct queue *queue)
{
    ULONG max_bytes, stride = 0;

    device_adapter(queue->pin->filter->device, &max_bytes, &stride);
    return max(stride, (ULONG)sizeof(KSMAPPING));
}

static struct table *table_take(struct queue *queue, ULONG bytes)
{
    struct table *table = NULL;

    if (!IsListEmpty(&queue->spare_tables)) {
        table = CONTAINING_RECORD(RemoveHeadList(&queue->spare_tables), struct table, link);
        queue->spare_table_count--;
        if (table->capacity_bytes < bytes) {
            ExFreePoolWithTag(table, QUEUE_TAG);
            table = NULL;
        }
    }
    if (!table) {
        table = ExAllocatePoolZero(NonPagedPoolNx, sizeof(*table) + bytes, QUEUE_TAG);
        if (!table)
            return NULL;
        table->capacity_bytes = bytes;
    }
    RtlZeroMemory(table_mappings(table), bytes);
    table->answer = ANSWER_NONE;
    table->list = NULL;
    return table;
}

static void table_put(struct queue *queue, struct table *table)
{
    if (queue->spare_table_count == SPARE_TABLES_MAX) {
        ExFreePoolWithTag(table, QUEUE_TAG);
        return;
    }
    InsertTailList(&queue->spare_tables, &table->link);
    queue->spare_table_count++;
}

void mapping_free_spares(struct queue *queue)
{
    while (!IsListEmpty(&queue->spare_tables))
        ExFreePoolWithTag(
            CONTAINING_RECORD(RemoveHeadList(&queue->spare_tables), struct table, link), QUEUE_TAG);
}

static VOID NTAPI list_ready(PDEVICE_OBJECT device, PIRP irp, PSCATTER_GATHER_LIST list,
                             PVOID context)
{
    struct table *table = context;

    UNREFERENCED_PARAMETER(device);
    UNREFERENCED_PARAMETER(irp);
    table->list = list;
    if (InterlockedCompareExchange(&table->answer, ANSWER_READY, ANSWER_NONE) == ANSWER_NONE)
        return;
    table->adapter->DmaOperations->PutScatterGatherList(table->adapter, list, table->to_device);
    ExFreePoolWithTag(table, QUEUE_TAG);
}

/* Walk the list in pieces of at most max_bytes; out == NULL: only count them. */
static ULONG list_split(const SCATTER_GATHER_LIST *list, ULONG max_bytes, PUCHAR out, ULONG stride)
{
    ULONG count = 0;

    for (ULONG i = 0; i < list->NumberOfElements; i++) {
        ULONG done = 0, length = list->Elements[i].Length;
        while (done < length) {
            ULONG piece = length - done;
            if (max_bytes && piece > max_bytes)
                piece = max_bytes;
            if (out) {
                PKSMAPPING mapping = (PKSMAPPING)(out + (SIZE_T)count * stride);
                mapping->PhysicalAddress.QuadPart = list->Elements[i].Address.QuadPart + done;
                mapping->ByteCount = piece;
            }
            count++;
            done += piece;
        }
    }
    return count;
}

/* An upper bound of what list_split will count, before the list is known. */
static ULONG table_bytes(struct frame *frame, ULONG length, ULONG max_bytes, ULONG stride)
{
    ULONG pages = ADDRESS_AND_SIZE_TO_SPAN_PAGES(MmGetMdlVirtualAddress(frame->mdl), length);
    ULONG pieces = max_bytes ? length / max_bytes + 1 : 0;

    return (pages + pieces) * stride;
}

static bool adapter_map(struct queue *queue, struct frame *frame, struct table *table, ULONG length)
{
    PDEVICE_OBJECT device = KsPinGetDevice(&queue->pin->ks)->FunctionalDeviceObject;
    NTSTATUS status = table->adapter->DmaOperations->GetScatterGatherList(
        table->adapter, device, frame->mdl, MmGetMdlVirtualAddress(frame->mdl), length, list_ready,
        table, table->to_device);

    if (!NT_SUCCESS(status)) {
        table_put(queue, table);
        return false;
    }
    /* Abandoned: list_ready will give it back and free it. */
    return InterlockedCompareExchange(&table->answer, ANSWER_ABANDONED, ANSWER_NONE) ==
           ANSWER_READY;
}

bool mapping_make(struct queue *queue, struct frame *frame)
{
    ULONG max_bytes = 0, stride = 0, length;
    PDMA_ADAPTER adapter = device_adapter(queue->pin->filter->device, &max_bytes, &stride);
    struct table *table;

    if (!adapter) {
        ks_report("KsDeviceRegisterAdapterObject",
                  "a pin asks for mappings (KSPIN_FLAG_GENERATE_MAPPINGS), but no adapter object "
                  "is registered: frames cannot be locked");
        return false;
    }
    stride = max(stride, (ULONG)sizeof(KSMAPPING));
    length = queue->out ? frame->header->FrameExtent : frame->header->DataUsed;
    if (!length)
        return true;
    table = table_take(queue, table_bytes(frame, length, max_bytes, stride));
    if (!table)
        return false;
    table->adapter = adapter;
    table->to_device = !queue->out;
    if (!adapter_map(queue, frame, table, length))
        return false;
    NT_ASSERT(list_split(table->list, max_bytes, NULL, 0) * stride <= table->capacity_bytes);
    frame->mappings = table_mappings(table);
    frame->mapping_count = list_split(table->list, max_bytes, table_mappings(table), stride);
    return true;
}

void mapping_release(struct queue *queue, struct frame *frame)
{
    struct table *table = table_of(frame);

    table->adapter->DmaOperations->PutScatterGatherList(table->adapter, table->list,
                                                        table->to_device);
    frame->mappings = NULL;
    frame->mapping_count = 0;
    table_put(queue, table);
}
