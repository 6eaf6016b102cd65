/* Device model of the camera (camera_hw.h): registers, queue of descriptors, sensor, transfer,
 * interrupt.
 *
 * Lock: `lock` guards everything but `picture`, and is held for a few instructions, with no call
 * out of this file: callbacks come on several threads at once (a register access, the timer).
 * `picture` belongs to the timer callback; a callback that finds BUSY draws nothing.
 *
 * Invariants: head <= tail <= head + CAMERA_DESCRIPTORS; buffers = descriptors with LAST in the
 * queue; the line's level follows STATUS_DONE while CONTROL_INTERRUPT is set. After RESET, and once
 * BUSY is clear, no address that was queued before is used. */
#include "camera_hw.h"
#include "picture.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <weir/weir.h>

struct descriptor {
    uint64_t address;
    uint32_t length; /* with CAMERA_LENGTH_LAST */
};

struct done {
    uint32_t number, dropped;
    int64_t taken;
    bool fault;
};

struct camera {
    weir_bus *bus;
    atomic_flag lock;
    uint32_t control, status, format, width, height, interval;
    uint64_t address;
    uint32_t head, tail, buffers; /* head and tail count on, modulo CAMERA_DESCRIPTORS */
    uint32_t done_head, done_tail;
    uint32_t number, dropped;
    uint32_t generation; /* one more at each RESET */
    bool line, busy, format_new;
    int64_t next; /* when the next picture is due */
    struct descriptor queue[CAMERA_DESCRIPTORS];
    struct done done[CAMERA_DONE_MAX];
    struct picture picture;
};

/* One picture that is being transferred. */
struct transfer {
    uint32_t head, count, generation;
    struct done done;
    bool format_new;
    uint32_t format, width, height;
};

static void sensor_expired(void *context);

static void lock(struct camera *camera)
{
    while (atomic_flag_test_and_set_explicit(&camera->lock, memory_order_acquire))
        ;
}

static void unlock(struct camera *camera)
{
    atomic_flag_clear_explicit(&camera->lock, memory_order_release);
}

/* Bring the line to the level that the registers ask for. The bus is told without the lock, and
 * another context may have changed its mind and told it earlier: whoever told, looks again. */
static void line_update(struct camera *camera)
{
    bool said = false, level = false;

    for (;;) {
        lock(camera);
        bool wanted =
            (camera->control & CAMERA_CONTROL_INTERRUPT) && (camera->status & CAMERA_STATUS_DONE);
        bool right = wanted == (said ? level : camera->line);
        camera->line = wanted;
        unlock(camera);
        if (right)
            return;
        weir_bus_interrupt(camera->bus, 0, wanted);
        said = true;
        level = wanted;
    }
}

/* Lock held. What the driver wrote into the registers survives; the queues do not. */
static void forget(struct camera *camera)
{
    camera->control = 0;
    camera->status = 0;
    camera->head = camera->tail = camera->buffers = 0;
    camera->done_head = camera->done_tail = 0;
    camera->number = camera->dropped = 0;
    camera->generation++;
}

static void reset(struct camera *camera)
{
    lock(camera);
    forget(camera);
    unlock(camera);
    weir_bus_timer(camera->bus, -1, sensor_expired, camera);
    line_update(camera);
}

/* --- transfer --------------------------------------------------------------------------------- */

/* Write the picture to the buffer, piece by piece. */
static bool transfer_write(struct camera *camera, const struct transfer *transfer)
{
    const uint8_t *from = camera->picture.pixels;
    uint32_t left = camera->picture.bytes;

    for (uint32_t i = 0; i < transfer->count && left; i++) {
        struct descriptor *piece = &camera->queue[(transfer->head + i) % CAMERA_DESCRIPTORS];
        uint32_t bytes = piece->length & CAMERA_LENGTH_BYTES;
        bytes = bytes < left ? bytes : left;
        if (!weir_bus_write(camera->bus, piece->address, from, bytes))
            return false;
        from += bytes;
        left -= bytes;
    }
    return left == 0 && camera->picture.bytes != 0;
}

/* Lock held. Find the descriptors of the oldest buffer. */
static void transfer_begin(struct camera *camera, struct transfer *transfer, int64_t now)
{
    transfer->head = camera->head;
    transfer->count = 1;
    while (!(camera->queue[(camera->head + transfer->count - 1) % CAMERA_DESCRIPTORS].length &
             CAMERA_LENGTH_LAST))
        transfer->count++;
    transfer->generation = camera->generation;
    transfer->done = (struct done){camera->number, camera->dropped, now, false};
    transfer->format_new = camera->format_new;
    transfer->format = camera->format;
    transfer->width = camera->width;
    transfer->height = camera->height;
    camera->format_new = false;
    camera->busy = true;
}

static void transfer_end(struct camera *camera, const struct transfer *transfer)
{
    lock(camera);
    camera->busy = false;
    if (camera->generation == transfer->generation) {
        camera->head += transfer->count;
        camera->buffers--;
        camera->done[camera->done_tail++ % CAMERA_DONE_MAX] = transfer->done;
        camera->status |= CAMERA_STATUS_DONE;
    }
    unlock(camera);
    line_update(camera);
}

/* --- sensor ----------------------------------------------------------------------------------- */

/* Lock held, a picture is due: number it, and those that were missed. true: there is a buffer for
 * it. */
static bool sensor_take(struct camera *camera, struct transfer *transfer, int64_t now)
{
    uint32_t missed = (uint32_t)((now - camera->next) / camera->interval);

    camera->next += (int64_t)(missed + 1) * camera->interval;
    camera->number += missed + 1;
    camera->dropped += missed;
    if (camera->buffers && !camera->busy &&
        camera->done_tail - camera->done_head < CAMERA_DONE_MAX) {
        transfer_begin(camera, transfer, now);
        return true;
    }
    camera->dropped++;
    camera->status |= CAMERA_STATUS_DROPPED;
    return false;
}

/* At device level. Before the due time (RUN was set anew meanwhile): only wait on. */
static void sensor_expired(void *context)
{
    struct camera *camera = context;
    struct transfer transfer;
    int64_t now = weir_bus_time(camera->bus), next;
    bool running, take;

    lock(camera);
    running = camera->control & CAMERA_CONTROL_RUN;
    take = running && now >= camera->next && sensor_take(camera, &transfer, now);
    unlock(camera);
    if (take) {
        if (transfer.format_new)
            picture_format(&camera->picture, transfer.format, transfer.width, transfer.height);
        if (camera->picture.bytes)
            picture_draw(&camera->picture, transfer.done.number, now);
        transfer.done.fault = !transfer_write(camera, &transfer);
        transfer_end(camera, &transfer);
    }
    now = weir_bus_time(camera->bus);
    lock(camera);
    running = camera->control & CAMERA_CONTROL_RUN;
    next = camera->next;
    unlock(camera);
    if (running)
        weir_bus_timer(camera->bus, next > now ? next - now : 0, sensor_expired, camera);
}

/* --- registers -------------------------------------------------------------------------------- */

static void control_write(struct camera *camera, uint32_t value)
{
    int64_t now = weir_bus_time(camera->bus);
    bool start = false;

    if (value & CAMERA_CONTROL_RESET) {
        reset(camera);
        return;
    }
    lock(camera);
    if ((value & ~camera->control & CAMERA_CONTROL_RUN) && camera->interval) {
        camera->next = now + camera->interval;
        start = true;
    }
    if (!camera->interval)
        value &= ~CAMERA_CONTROL_RUN;
    camera->control = value & (CAMERA_CONTROL_RUN | CAMERA_CONTROL_INTERRUPT);
    int64_t delay = camera->interval;
    unlock(camera);
    if (start)
        weir_bus_timer(camera->bus, delay, sensor_expired, camera);
    line_update(camera);
}

/* Lock held. */
static void length_write(struct camera *camera, uint32_t value)
{
    if (camera->tail - camera->head == CAMERA_DESCRIPTORS) {
        camera->status |= CAMERA_STATUS_REFUSED;
        return;
    }
    camera->queue[camera->tail++ % CAMERA_DESCRIPTORS] =
        (struct descriptor){camera->address, value};
    if (value & CAMERA_LENGTH_LAST)
        camera->buffers++;
}

static void format_write(struct camera *camera, uint32_t *reg, uint32_t value)
{
    *reg = value;
    camera->format_new = true;
}

static void model_write(void *model, unsigned window, uint32_t offset, unsigned width,
                        uint64_t value)
{
    struct camera *camera = model;
    uint32_t low = (uint32_t)value;

    (void)window;
    if (offset == CAMERA_REG_CONTROL) {
        control_write(camera, low);
        return;
    }
    lock(camera);
    if (offset == CAMERA_REG_STATUS)
        camera->status &= ~(low & CAMERA_STATUS_CAUSES);
    else if (offset == CAMERA_REG_FORMAT)
        format_write(camera, &camera->format, low);
    else if (offset == CAMERA_REG_WIDTH)
        format_write(camera, &camera->width, low);
    else if (offset == CAMERA_REG_HEIGHT)
        format_write(camera, &camera->height, low);
    else if (offset == CAMERA_REG_INTERVAL)
        camera->interval = low;
    else if (offset == CAMERA_REG_ADDRESS && width == 8)
        camera->address = value;
    else if (offset == CAMERA_REG_LENGTH)
        length_write(camera, low);
    else if (offset == CAMERA_REG_DONE_POP && camera->done_head != camera->done_tail)
        camera->done_head++;
    unlock(camera);
    line_update(camera);
}

/* Lock held. */
static uint32_t done_read(const struct camera *camera, uint32_t offset, int64_t now)
{
    const struct done *done = &camera->done[camera->done_head % CAMERA_DONE_MAX];

    if (offset == CAMERA_REG_DONE_COUNT)
        return camera->done_tail - camera->done_head;
    if (camera->done_tail == camera->done_head)
        return 0;
    switch (offset) {
    case CAMERA_REG_DONE_WHICH:
        return done->number;
    case CAMERA_REG_DONE_DROPS:
        return done->dropped;
    case CAMERA_REG_DONE_AGE:
        return now - done->taken > UINT32_MAX ? UINT32_MAX : (uint32_t)(now - done->taken);
    case CAMERA_REG_DONE_FAULT:
        return done->fault;
    default:
        return 0;
    }
}

/* Lock held. */
static uint32_t register_read(const struct camera *camera, uint32_t offset, int64_t now)
{
    switch (offset) {
    case CAMERA_REG_ID:
        return CAMERA_ID;
    case CAMERA_REG_CONTROL:
        return camera->control;
    case CAMERA_REG_STATUS:
        return camera->status | (camera->busy ? CAMERA_STATUS_BUSY : 0);
    case CAMERA_REG_FORMAT:
        return camera->format;
    case CAMERA_REG_WIDTH:
        return camera->width;
    case CAMERA_REG_HEIGHT:
        return camera->height;
    case CAMERA_REG_INTERVAL:
        return camera->interval;
    case CAMERA_REG_ROOM:
        return CAMERA_DESCRIPTORS - (camera->tail - camera->head);
    case CAMERA_REG_DROPPED:
        return camera->dropped;
    default:
        return done_read(camera, offset, now);
    }
}

static uint64_t model_read(void *model, unsigned window, uint32_t offset, unsigned width)
{
    struct camera *camera = model;
    int64_t now = offset == CAMERA_REG_DONE_AGE ? weir_bus_time(camera->bus) : 0;
    uint32_t value;

    (void)window;
    (void)width;
    lock(camera);
    value = register_read(camera, offset, now);
    unlock(camera);
    return value;
}

/* --- life ------------------------------------------------------------------------------------- */

static void *model_create(weir_bus *bus)
{
    struct camera *camera = calloc(1, sizeof(*camera));

    if (!camera)
        return NULL;
    camera->bus = bus;
    atomic_flag_clear(&camera->lock);
    return camera;
}

static void model_destroy(void *model)
{
    free(model);
}

static void model_power(void *model, unsigned d_state)
{
    if (d_state)
        reset(model);
}

static void model_removed(void *model)
{
    reset(model);
}

const struct weir_model weir_model_export = {
    .name = "camera",
    .windows = 1,
    .window_bytes = {CAMERA_WINDOW_BYTES},
    .lines = 1,
    .bus_master = true,
    .create = model_create,
    .destroy = model_destroy,
    .read = model_read,
    .write = model_write,
    .power = model_power,
    .removed = model_removed,
};
