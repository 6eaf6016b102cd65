/* See ks_path.h. */
#include "ks_path.h"

struct scene scene;

static void arrive(struct transport *transport, struct frame *frame)
{
    struct arrivals *arrivals = CONTAINING_RECORD(transport, struct arrivals, transport);

    assert_true(arrivals->count < SCENE_FRAMES);
    arrivals->frame[arrivals->count++] = frame;
}

void scene_start(void)
{
    RtlZeroMemory(&scene, sizeof(scene));
    scene.next.transport.deliver = arrive;
    scene.home.transport.deliver = arrive;
    scene.filter.ks.Descriptor = &scene.filter_descriptor;
    scene.filter.types = scene.type;
    kernel_irql = PASSIVE_LEVEL;
    kernel_report = NULL;
    kernel_pool_empty = false;
}

void scene_filter_process(PFNKSFILTERPROCESS process, ULONG flags)
{
    scene.filter_dispatch.Process = process;
    scene.filter_descriptor.Dispatch = &scene.filter_dispatch;
    scene.filter_descriptor.Flags = flags;
    assert_int_equal(process_create_for_filter(&scene.filter, &scene.filter.process),
                     STATUS_SUCCESS);
}

static struct pin *pin_make(ULONG type)
{
    struct pin *pin = &scene.pin[scene.pins++];

    pin->filter = &scene.filter;
    pin->ks.Descriptor = &scene.descriptor[type];
    pin->ks.Id = type;
    pin->ks.DataFlow = scene.descriptor[type].PinDescriptor.DataFlow;
    InsertTailList(&scene.type[type].pins, &pin->type_link);
    assert_int_equal(queue_create(pin, &pin->queue), STATUS_SUCCESS);
    queue_set_next(pin->queue, &scene.next.transport);
    if (scene.dispatch[type].Process)
        assert_int_equal(process_create_for_pin(pin, &pin->process), STATUS_SUCCESS);
    if (scene.filter.process)
        process_pins_changed(scene.filter.process);
    return pin;
}

struct pin *scene_pin(KSPIN_DATAFLOW flow, ULONG flags, PFNKSPIN process)
{
    ULONG type = scene.filter.pin_types++;

    scene.dispatch[type].Process = process;
    scene.descriptor[type].Dispatch = &scene.dispatch[type];
    scene.descriptor[type].Flags = flags;
    scene.descriptor[type].PinDescriptor.DataFlow = flow;
    scene.type[type].descriptor = &scene.descriptor[type];
    InitializeListHead(&scene.type[type].pins);
    return pin_make(type);
}

struct pin *scene_instance(void)
{
    return pin_make(scene.filter.pin_types - 1);
}

void scene_state(struct pin *pin, KSSTATE state)
{
    pin->ks.ClientState = pin->ks.DeviceState = state;
    if (pin->process || scene.filter.process)
        process_state_changed(pin->process ? pin->process : scene.filter.process, pin);
}

struct frame *scene_arrive_used(struct pin *pin, ULONG data_used)
{
    unsigned i = scene.frames++;
    struct frame *frame = &scene.frame[i];

    assert_true(i < SCENE_FRAMES);
    scene.header[i].Size = sizeof(KSSTREAM_HEADER);
    scene.header[i].FrameExtent = SCENE_FRAME_BYTES;
    scene.header[i].DataUsed = data_used;
    scene.header[i].Data = scene.data[i];
    scene.mdl[i].StartVa = (PVOID)((ULONG_PTR)scene.data[i] & ~(ULONG_PTR)0xFFF);
    scene.mdl[i].ByteOffset = (ULONG)((ULONG_PTR)scene.data[i] & 0xFFF);
    scene.mdl[i].ByteCount = SCENE_FRAME_BYTES;
    frame->id = i + 1;
    frame->header = &scene.header[i];
    frame->data = scene.data[i];
    frame->mdl = &scene.mdl[i];
    frame->home = &scene.home.transport;
    frame->owner = &scene;
    queue_insert(pin->queue, frame);
    return frame;
}

struct frame *scene_arrive(struct pin *pin)
{
    return scene_arrive_used(pin, pin->ks.DataFlow == KSPIN_DATAFLOW_OUT ? 0 : SCENE_FRAME_BYTES);
}

bool scene_conserved(struct pin *pin)
{
    struct queue_counts counts;

    queue_counts(pin->queue, &counts);
    return counts.received == counts.depth + counts.completed + counts.cancelled;
}
