/* Play: frames, and what disturbs them. */
#include "play.h"

enum { PATIENCE = 6 };

void play_sleep(LONGLONG span)
{
    LARGE_INTEGER time = {.QuadPart = -span};

    KeDelayExecutionThread(KernelMode, FALSE, &time);
}

void play_gaps(void)
{
    for (unsigned i = 0; i < model.filters; i++)
        model.seen[i].gap_allowed = true;
}

/* A pin that its client still has: one whose handle is closed may go at any moment. */
static PKSPIN pin_of(unsigned filter, unsigned type)
{
    for (unsigned i = 0; i < client_pins(); i++)
        if (*client_pin(i) && client_model_pin(i) == &model.pin[filter][type])
            return model.pin[filter][type].ks;
    return NULL;
}

/* --- must frames flow? ----------------------------------------------------------------------- */

static bool pins_run(void)
{
    for (unsigned i = 0; i < client_pins(); i++) {
        struct model_pin *pin = client_model_pin(i);
        if (!*client_pin(i) || !pin->ks || pin->state < KSSTATE_PAUSE)
            return false;
    }
    return true;
}

/* Clones that are held, or will be, keep frames from the circuit; behind a FIFO, all of them. */
static bool holds_block(unsigned filter)
{
    LONG wanted = model.hold_want[filter];
    unsigned held = model_holds(filter) + (unsigned)(wanted > 0 ? wanted : 0);

    if (held == 0)
        return false;
    if (model.scene->graph[G_FLAGS + filter] & FLAG_FIFO || !model_is_end(filter))
        return true;
    struct edge *head = client_head(filter - 1);
    unsigned others = 0;
    for (unsigned i = 0; i < model.filters; i++) /* the same pipe may pass several filters */
        others += model_holds(i) + (unsigned)(model.hold_want[i] > 0 ? model.hold_want[i] : 0);
    return others >= head->frames;
}

static bool must_flow(void)
{
    if (!play.connected || play.resetting || play.state < KSSTATE_PAUSE || !pins_run())
        return false;
    for (unsigned i = 0; i < DEVICES; i++)
        if (client.gone[i] || client.asleep[i])
            return false;
    for (unsigned i = 0; i < model.filters; i++)
        if (model.stall[i] || holds_block(i))
            return false;
    return true;
}

/* --- feeding --------------------------------------------------------------------------------- */

static bool arrived(LONG frames)
{
    for (unsigned i = 1; i < model.filters; i++)
        if (model_is_end(i) && model.seen[i].since_base < frames)
            return false;
    return !client.tailed || client.reads_done >= frames;
}

static void poke_sources(void)
{
    for (unsigned type = PIN_OUT; type <= PIN_FORK; type++) {
        PKSPIN pin = pin_of(0, type);
        if (pin)
            KsPinAttemptProcessing(pin, FALSE);
    }
}

/* From here on frames count anew. */
static void set_goal(LONG frames)
{
    for (unsigned i = 0; i < STREAMS; i++) {
        model.base[i] = model.goal[i];
        model.goal[i] += frames;
        if (model.goal[i] > STAMPS_MAX)
            model.goal[i] = STAMPS_MAX;
    }
    for (unsigned i = 0; i < model.filters; i++)
        model.seen[i].since_base = 0;
    client.reads_done = 0;
}

static void drop_goal(void)
{
    for (unsigned i = 0; i < STREAMS; i++)
        model.goal[i] = model.made[i];
}

/* Wait for them, on the machine's time: when nothing else moves, it jumps to the time-out. */
static void await(LONG frames)
{
    LARGE_INTEGER while_100ns = {.QuadPart = -10000000};
    LONG before = -1;

    for (unsigned idle = 0; idle < PATIENCE && !arrived(frames) && book_is_well();) {
        LONG now = (LONG)book_result->frames;
        client_reap(false);
        for (unsigned i = 0; i < READS_MAX; i++)
            client_read();
        if (arrived(frames))
            break;
        if (client.tailed)
            while_100ns.QuadPart = -100000;
        NTSTATUS status =
            KeWaitForSingleObject(&model.progress, Executive, KernelMode, FALSE, &while_100ns);
        idle = status == STATUS_TIMEOUT && now == before ? idle + 1 : 0;
        before = now;
    }
}

void play_feed(unsigned count, bool wait)
{
    LONG frames = 1 + (LONG)(count % 64);
    bool must = must_flow();

    if (model.goal[0] + frames > STAMPS_MAX || !pin_of(0, PIN_OUT))
        return;
    set_goal(frames);
    if (client.gone[model.scene->graph[G_DEVICE] % DEVICES])
        return;
    poke_sources();
    if (!wait)
        return;
    await(frames);
    if (!book_is_well())
        return;
    if (arrived(frames)) {
        for (unsigned i = 0; must && i < model.filters; i++)
            model.seen[i].gap_allowed = false;
        return;
    }
    if (must)
        book_broke(RULE_STALL,
                   "of %d frames, %d, %d and %d reached filters 1 to 3, %d the client; nothing "
                   "holds them up",
                   (int)frames, (int)model.seen[1].since_base, (int)model.seen[2].since_base,
                   (int)model.seen[3].since_base, (int)client.reads_done);
    drop_goal();
}

/* --- holding --------------------------------------------------------------------------------- */

void play_hold(unsigned which, unsigned kind, unsigned count)
{
    unsigned filter = which % model.filters;

    if (filter == 0 || model_copies(filter))
        return;
    model.hold_kind[filter] = kind;
    model.hold_want[filter] = (LONG)count;
}

void play_release(unsigned which, unsigned by, unsigned when)
{
    unsigned filter = which % model.filters;
    KIRQL old;

    model.hold_want[filter] = 0;
    switch (by) {
    case RELEASE_DISPATCH:
        KeRaiseIrql(DISPATCH_LEVEL, &old);
        model_release(filter);
        KeLowerIrql(old);
        break;
    case RELEASE_DPC:
        if (model.timer_armed)
            return;
        model.timer_armed = true;
        model.timer_filter = filter;
        KeSetTimer(&model.timer, (LARGE_INTEGER){.QuadPart = -(LONGLONG)(1 + when) * 2000000},
                   &model.dpc);
        break;
    default:
        model_release(filter);
    }
}

void play_stall(unsigned which, bool end)
{
    unsigned filter = which % model.filters;
    PKSPIN pin = pin_of(filter, filter == 0 ? PIN_OUT : PIN_IN);

    if (!end) {
        model.stall[filter] = 1;
        return;
    }
    if (!model.stall[filter])
        return;
    model.stall[filter] = 0;
    book_reached(COVER_STALLED);
    if (!pin || client.gone[model.scene->graph[G_DEVICE + filter] % DEVICES])
        return;
    if (model_copies(filter))
        KsFilterAttemptProcessing(KsPinGetParentFilter(pin), FALSE);
    else
        KsPinAttemptProcessing(pin, FALSE);
    if (filter == 0 && pin_of(0, PIN_FORK))
        KsPinAttemptProcessing(pin_of(0, PIN_FORK), FALSE);
}

/* --- flush, power ---------------------------------------------------------------------------- */

/* What a cancel meets just now, for the counts of situations. */
void play_note_locked(unsigned filter)
{
    for (unsigned i = 0; i < HOLDS_MAX; i++)
        if (model.hold[i].state == HOLD_HELD && model.hold[i].locked &&
            (filter == FILTER_ANY || model.hold[i].filter == filter))
            book_reached(COVER_CANCEL_LOCKED);
}

void play_reset(unsigned which, unsigned how)
{
    unsigned pin = which % client_pins();
    HANDLE handle = *client_pin(pin);

    if (!handle || !play.connected || client.gone[0] || client.gone[1] || play.resetting)
        return;
    play_gaps();
    play_note_locked(client_pin_filter(pin));
    if (!NT_SUCCESS(client_reset(handle, KSRESET_BEGIN)))
        book_broke(RULE_REQUEST_WORKS, "RESET_STATE begin of pin %u fails", pin);
    if (how & 1)
        play_sleep(50000);
    if (!NT_SUCCESS(client_reset(handle, KSRESET_END)))
        book_broke(RULE_REQUEST_WORKS, "RESET_STATE end of pin %u fails", pin);
    play_gaps();
    book_reached(COVER_RESET);
}

void play_power(unsigned device, bool up)
{
    if (client.gone[device] || client.asleep[device] != up)
        return;
    model.refuse = false; /* a step that power forces is no request of ours */
    if (!NT_SUCCESS(nt_device_power(client.device[device], up ? PowerDeviceD0 : PowerDeviceD3)))
        book_broke(RULE_REQUEST_WORKS, "device %u does not go to D%u", device, up ? 0 : 3);
    client.asleep[device] = !up;
    if (up)
        book_reached(COVER_POWER);
}

/* --- frames of the allocator, for a client --------------------------------------------------- */

void play_alloc(unsigned which, bool by_table, KIRQL level)
{
    unsigned edge = client.edges ? which % client.edges : 0;
    KSSTREAMALLOCATOR_FUNCTIONTABLE table;
    NTSTATUS status = STATUS_UNSUCCESSFUL;
    PFILE_OBJECT file;
    PVOID frame = NULL;
    KIRQL old;

    if (!client.edges || !client.edge[edge].allocator || client.gone[0] || client.gone[1])
        return;
    if (!by_table) {
        client_ask(edge);
        client_collect();
        return;
    }
    if (!NT_SUCCESS(client_table(edge, &table)))
        return;
    file = client_file(client.edge[edge].allocator);
    if (!file)
        return;
    KeRaiseIrql(level, &old);
    status = table.AllocateFrame(file, &frame);
    KeLowerIrql(old);
    ObDereferenceObject(file);
    if (NT_SUCCESS(status) && frame)
        client_lend(edge, client.edge[edge].entry, frame);
}

void play_free(unsigned which, bool by_table, KIRQL level)
{
    for (unsigned i = 0; i < LENT_MAX; i++)
        if (client_give(&client.lent[(which + i) % LENT_MAX], by_table, level))
            return;
}

void play_cancel(unsigned which)
{
    for (unsigned i = 0; i < REQUESTS_MAX; i++) {
        struct request *request = &client.request[(which + i) % REQUESTS_MAX];
        if (!request->used || KeReadStateEvent(&request->done))
            continue;
        request->cancelled = true;
        IoCancelIrp(request->irp);
        return;
    }
}

void play_cancel_read(unsigned which)
{
    struct read *read = &client.read[which % READS_MAX];

    if (!read->used || KeReadStateEvent(&read->done))
        return;
    play_gaps();
    IoCancelIrp(read->irp);
}
