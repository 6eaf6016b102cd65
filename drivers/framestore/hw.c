/* Device model of the frame store (framestore_hw.h): registers, board memory, queue of frames,
 * sensor, interrupt. The picture is the camera's (camera/picture.h).
 *
 * Lock: `lock` guards everything but `picture` and the memory, and is held for a few instructions,
 * with no call out of this file: callbacks come on several threads at once (a register access, the
 * timer). `picture` belongs to the timer callback, and so does a frame in the memory from GRAB to
 * DONE.
 *
 * Invariants: head <= tail <= head + FRAMESTORE_FRAMES; a frame is in the queue at most once; the
 * line's level follows STATUS_DONE while CONTROL_INTERRUPT is set. After RESET, and once BUSY is
 * clear, no frame that was queued before is written to. */
#include "framestore_hw.h"

#include "../camera/picture.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <weir/weir.h>

enum { RING = 8 }; /* a power of two, at least FRAMESTORE_FRAMES */

struct grab {
    uint32_t frame, cookie;
};

struct done {
    uint32_t frame, number, dropped;
    int64_t taken;
    bool fault;
};

struct board {
    weir_bus *bus;
    uint8_t *memory;
    atomic_flag lock;
    uint32_t control, status, width, height, interval;
    uint32_t cookie, scratch[FRAMESTORE_FRAMES];
    bool taken;
    uint32_t head, tail, done_head, done_tail; /* count on, modulo RING */
    uint32_t number, dropped;
    uint32_t generation; /* one more at each RESET */
    bool line, busy, format_new;
    int64_t next; /* when the next picture is due */
    struct grab queue[RING];
    struct done done[RING];
    struct picture picture;
};

/* One picture on its way to the memory. */
struct transfer {
    struct done done;
    uint32_t generation, width, height;
    bool format_new;
};

static void sensor_expired(void *context);

static void lock(struct board *board)
{
    while (atomic_flag_test_and_set_explicit(&board->lock, memory_order_acquire))
        ;
}

static void unlock(struct board *board)
{
    atomic_flag_clear_explicit(&board->lock, memory_order_release);
}

/* Bring the line to the level that the registers ask for. The bus is told without the lock, and
 * another context may have changed its mind and told it earlier: whoever told, looks again. */
static void line_update(struct board *board)
{
    bool said = false, level = false;

    for (;;) {
        lock(board);
        bool wanted = (board->control & FRAMESTORE_CONTROL_INTERRUPT) &&
                      (board->status & FRAMESTORE_STATUS_DONE);
        bool right = wanted == (said ? level : board->line);
        board->line = wanted;
        unlock(board);
        if (right)
            return;
        weir_bus_interrupt(board->bus, 0, wanted);
        said = true;
        level = wanted;
    }
}

static void reset(struct board *board, bool scratch_too)
{
    lock(board);
    board->control = board->status = 0;
    board->head = board->tail = board->done_head = board->done_tail = 0;
    board->number = board->dropped = 0;
    board->taken = false;
    board->generation++;
    if (scratch_too)
        memset(board->scratch, 0, sizeof(board->scratch));
    unlock(board);
    weir_bus_timer(board->bus, -1, sensor_expired, board);
    line_update(board);
}

/* --- sensor ----------------------------------------------------------------------------------- */

/* Lock held. Take the oldest frame of the queue, if its cookie is still the right one. */
static void transfer_begin(struct board *board, struct transfer *transfer, int64_t now)
{
    struct grab grab = board->queue[board->head % RING];

    transfer->done = (struct done){grab.frame, board->number, board->dropped, now,
                                   board->scratch[grab.frame] != grab.cookie};
    transfer->generation = board->generation;
    transfer->width = board->width;
    transfer->height = board->height;
    transfer->format_new = board->format_new;
    board->format_new = false;
    board->busy = true;
}

/* The picture into the board's memory. */
static void transfer_write(struct board *board, struct transfer *transfer)
{
    struct picture *picture = &board->picture;

    if (transfer->format_new)
        picture_format(picture, CAMERA_FORMAT_YUY2, transfer->width, transfer->height);
    if (picture->bytes == 0 || picture->bytes > FRAMESTORE_FRAME_BYTES)
        transfer->done.fault = true;
    if (transfer->done.fault)
        return;
    picture_draw(picture, transfer->done.number, transfer->done.taken);
    memcpy(board->memory + (size_t)transfer->done.frame * FRAMESTORE_FRAME_BYTES, picture->pixels,
           picture->bytes);
}

static void transfer_end(struct board *board, const struct transfer *transfer)
{
    lock(board);
    board->busy = false;
    if (board->generation == transfer->generation) {
        board->head++;
        board->done[board->done_tail++ % RING] = transfer->done;
        board->status |= FRAMESTORE_STATUS_DONE;
    }
    unlock(board);
    line_update(board);
}

/* Lock held, a picture is due: number it, and those that were missed. true: there is a frame for
 * it. */
static bool sensor_take(struct board *board, struct transfer *transfer, int64_t now)
{
    uint32_t missed = (uint32_t)((now - board->next) / board->interval);

    board->next += (int64_t)(missed + 1) * board->interval;
    board->number += missed + 1;
    board->dropped += missed;
    if (board->head != board->tail && !board->busy && board->done_tail - board->done_head < RING) {
        transfer_begin(board, transfer, now);
        return true;
    }
    board->dropped++;
    board->status |= FRAMESTORE_STATUS_DROPPED;
    return false;
}

/* At device level. Before the due time (RUN was set anew meanwhile): only wait on. */
static void sensor_expired(void *context)
{
    struct board *board = context;
    struct transfer transfer;
    int64_t now = weir_bus_time(board->bus), next;
    bool take;

    lock(board);
    take = (board->control & FRAMESTORE_CONTROL_RUN) && now >= board->next &&
           sensor_take(board, &transfer, now);
    unlock(board);
    if (take) {
        transfer_write(board, &transfer);
        transfer_end(board, &transfer);
    }
    now = weir_bus_time(board->bus);
    lock(board);
    bool running = board->control & FRAMESTORE_CONTROL_RUN;
    next = board->next;
    unlock(board);
    if (running)
        weir_bus_timer(board->bus, next > now ? next - now : 0, sensor_expired, board);
}

/* --- registers -------------------------------------------------------------------------------- */

static void control_write(struct board *board, uint32_t value)
{
    int64_t now = weir_bus_time(board->bus), delay;
    bool start = false;

    if (value & FRAMESTORE_CONTROL_RESET) {
        reset(board, false);
        return;
    }
    lock(board);
    if (!board->interval)
        value &= ~(uint32_t)FRAMESTORE_CONTROL_RUN;
    if (value & ~board->control & FRAMESTORE_CONTROL_RUN) {
        board->next = now + board->interval;
        start = true;
    }
    board->control = value & (FRAMESTORE_CONTROL_RUN | FRAMESTORE_CONTROL_INTERRUPT);
    delay = board->interval;
    unlock(board);
    if (start)
        weir_bus_timer(board->bus, delay, sensor_expired, board);
    line_update(board);
}

static bool queued(const struct board *board, uint32_t frame)
{
    for (uint32_t at = board->head; at != board->tail; at++) {
        if (board->queue[at % RING].frame == frame)
            return true;
    }
    return false;
}

/* Lock held. */
static void grab_write(struct board *board, uint32_t frame)
{
    board->taken = frame < FRAMESTORE_FRAMES && board->cookie &&
                   board->scratch[frame] == board->cookie && !queued(board, frame);
    if (board->taken)
        board->queue[board->tail++ % RING] = (struct grab){frame, board->cookie};
    else
        board->status |= FRAMESTORE_STATUS_REFUSED;
}

/* Lock held. */
static void register_write(struct board *board, uint32_t offset, uint32_t value)
{
    uint32_t frame = (offset - FRAMESTORE_REG_SCRATCH) / 4;

    switch (offset) {
    case FRAMESTORE_REG_STATUS:
        board->status &= ~(value & FRAMESTORE_STATUS_CAUSES);
        return;
    case FRAMESTORE_REG_WIDTH:
        board->width = value;
        board->format_new = true;
        return;
    case FRAMESTORE_REG_HEIGHT:
        board->height = value;
        board->format_new = true;
        return;
    case FRAMESTORE_REG_INTERVAL:
        board->interval = value;
        return;
    case FRAMESTORE_REG_COOKIE:
        board->cookie = value;
        return;
    case FRAMESTORE_REG_GRAB:
        grab_write(board, value);
        return;
    case FRAMESTORE_REG_DONE_POP:
        board->done_head += board->done_head != board->done_tail;
        return;
    default:
        if (offset >= FRAMESTORE_REG_SCRATCH && frame < FRAMESTORE_FRAMES)
            board->scratch[frame] = value;
    }
}

static void model_write(void *model, unsigned window, uint32_t offset, unsigned width,
                        uint64_t value)
{
    struct board *board = model;

    (void)window;
    if (width != 4)
        return;
    if (offset == FRAMESTORE_REG_CONTROL) {
        control_write(board, (uint32_t)value);
        return;
    }
    lock(board);
    register_write(board, offset, (uint32_t)value);
    unlock(board);
    line_update(board);
}

/* Lock held. */
static uint32_t done_read(const struct board *board, uint32_t offset, int64_t now)
{
    const struct done *done = &board->done[board->done_head % RING];

    if (board->done_tail == board->done_head)
        return 0;
    switch (offset) {
    case FRAMESTORE_REG_DONE_FRAME:
        return done->frame;
    case FRAMESTORE_REG_DONE_WHICH:
        return done->number;
    case FRAMESTORE_REG_DONE_DROPS:
        return done->dropped;
    case FRAMESTORE_REG_DONE_AGE:
        return now - done->taken > UINT32_MAX ? UINT32_MAX : (uint32_t)(now - done->taken);
    case FRAMESTORE_REG_DONE_FAULT:
        return done->fault;
    default:
        return 0;
    }
}

/* Lock held. */
static uint32_t register_read(const struct board *board, uint32_t offset, int64_t now)
{
    uint32_t frame = (offset - FRAMESTORE_REG_SCRATCH) / 4;

    switch (offset) {
    case FRAMESTORE_REG_ID:
        return FRAMESTORE_ID;
    case FRAMESTORE_REG_CONTROL:
        return board->control;
    case FRAMESTORE_REG_STATUS:
        return board->status | (board->busy ? FRAMESTORE_STATUS_BUSY : 0);
    case FRAMESTORE_REG_WIDTH:
        return board->width;
    case FRAMESTORE_REG_HEIGHT:
        return board->height;
    case FRAMESTORE_REG_INTERVAL:
        return board->interval;
    case FRAMESTORE_REG_GRAB:
        return board->taken;
    case FRAMESTORE_REG_DONE_COUNT:
        return board->done_tail - board->done_head;
    default:
        if (offset >= FRAMESTORE_REG_SCRATCH)
            return frame < FRAMESTORE_FRAMES ? board->scratch[frame] : 0;
        return done_read(board, offset, now);
    }
}

static uint64_t model_read(void *model, unsigned window, uint32_t offset, unsigned width)
{
    struct board *board = model;
    int64_t now = offset == FRAMESTORE_REG_DONE_AGE ? weir_bus_time(board->bus) : 0;
    uint32_t value;

    (void)window;
    (void)width;
    lock(board);
    value = register_read(board, offset, now);
    unlock(board);
    return value;
}

/* --- life ------------------------------------------------------------------------------------- */

static void *model_create(weir_bus *bus)
{
    struct board *board = calloc(1, sizeof(*board));

    if (!board)
        return NULL;
    board->bus = bus;
    board->memory = weir_bus_memory(bus, 1);
    atomic_flag_clear(&board->lock);
    return board;
}

static void model_destroy(void *model)
{
    free(model);
}

static void model_power(void *model, unsigned d_state)
{
    if (d_state)
        reset(model, true);
}

static void model_removed(void *model)
{
    reset(model, true);
}

const struct weir_model weir_model_export = {
    .name = "framestore",
    .windows = 2,
    .window_bytes = {FRAMESTORE_WINDOW_BYTES, FRAMESTORE_MEMORY_BYTES},
    .window_memory = {false, true},
    .lines = 1,
    .create = model_create,
    .destroy = model_destroy,
    .read = model_read,
    .write = model_write,
    .power = model_power,
    .removed = model_removed,
};
