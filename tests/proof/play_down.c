/* Play: every way down, and what must be true at its foot. */
#include "play.h"

enum { CLOSERS_MAX = 2 * EDGES_MAX + 1 + EDGES_MAX + FILTERS_MAX };

/* --- after STOP ------------------------------------------------------------------------------ */

/* One clone that is held past STOP may keep the frames of its whole circuit. */
static bool home(const struct entry *entry)
{
    return entry->out <= entry->lent || model_held_of(entry);
}

/* Frames that nobody holds are freed; a worker may still be at it. */
void play_stopped(void)
{
    client_collect();
    for (unsigned edge = 0; edge < client.edges; edge++) {
        struct entry *entry = client.edge[edge].entry;
        if (!entry || !client.edge[edge].allocator || entry->state != ENTRY_LIVE)
            continue;
        if (model_held_of(entry))
            book_reached(COVER_HELD_PAST_STOP);
        for (unsigned i = 0; i < 20 && !home(entry); i++) {
            play_sleep(1000000);
            client_collect();
        }
        if (!home(entry))
            book_broke(RULE_FRAMES_CONSERVED,
                       "after STOP %u frames of the allocator of edge %u are out; %u are a "
                       "client's and %u are held",
                       (unsigned)entry->out, edge, (unsigned)entry->lent, model_held_of(entry));
    }
}

/* --- things a client must not leave ---------------------------------------------------------- */

/* What the client took from an allocator goes back before its handle does, or is lost with it. */
void play_release_lent(unsigned edge)
{
    for (unsigned i = 0; i < REQUESTS_MAX; i++) {
        struct request *request = &client.request[i];
        if (!request->used || request->edge != edge || KeReadStateEvent(&request->done))
            continue;
        request->cancelled = true;
        IoCancelIrp(request->irp);
    }
    client_collect();
    for (unsigned i = 0; i < LENT_MAX; i++)
        if (client.lent[i].frame && client.lent[i].edge == edge)
            client_give(&client.lent[i], i & 1, PASSIVE_LEVEL);
}

/* The handle goes: nobody can give a lent frame back any more. */
static void forget_lent(unsigned edge)
{
    for (unsigned i = 0; i < LENT_MAX; i++) {
        struct lent *lent = &client.lent[i];
        if (!lent->frame || lent->edge != edge)
            continue;
        if (lent->entry)
            lent->entry->lent--;
        lent->frame = NULL;
        client.edge[edge].robbed = true;
    }
}

static void requests_done(unsigned edge)
{
    for (unsigned i = 0; i < 20; i++) {
        bool waiting = false;
        client_collect();
        for (unsigned j = 0; j < REQUESTS_MAX; j++)
            waiting |= client.request[j].used && client.request[j].edge == edge;
        if (!waiting)
            return;
        play_sleep(1000000);
    }
    book_broke(RULE_ALLOC_DONE,
               "an ALLOC of the allocator of edge %u is not completed, and the "
               "allocator's handle is closed",
               edge);
}

/* --- closing one thing ----------------------------------------------------------------------- */

/* A clone that its filter still has when its pin goes is the class driver's to take back. */
static void close_pin(unsigned pin)
{
    unsigned filter = client_pin_filter(pin);
    HANDLE *handle = client_pin(pin);

    if (!*handle)
        return;
    play_gaps();
    play_note_locked(filter);
    play.connected = false;
    if (model.timer_armed && model.timer_filter == filter) {
        KeCancelTimer(&model.timer);
        KeFlushQueuedDpcs();
        model.timer_armed = false;
    }
    for (unsigned i = 0; i < client_pins(); i++)
        model.stall[client_pin_filter(i)] = 0;
    model.hold_want[filter] = 0;
    if (pin % 2 == 0 && pin < 2 * client.edges)
        client.edge[pin / 2].assigned = false;
    if (pin % 2 == 1 || pin == 2 * client.edges)
        model_forget(filter);
    client_close(handle);
}

static void close_allocator(unsigned edge, bool careful)
{
    struct edge *mine = &client.edge[edge];

    if (!mine->allocator)
        return;
    if (careful)
        play_release_lent(edge);
    if (mine->source)
        book_reached(COVER_ALLOCATOR_FIRST);
    else
        book_reached(COVER_PIN_FIRST);
    client_close(&mine->allocator);
    requests_done(edge); /* the handle's close ends them */
    forget_lent(edge);
}

void play_close_pin(unsigned which)
{
    unsigned pin = which % client_pins();

    if (*client_pin(pin) && play.state > KSSTATE_ACQUIRE)
        book_reached(COVER_DOWN_DISCONNECT);
    close_pin(pin);
}

void play_close_allocator(unsigned which)
{
    if (client.edges)
        close_allocator(which % client.edges, which & 4);
}

/* --- another allocator ----------------------------------------------------------------------- */

static NTSTATUS renew(struct edge *mine, int size, HANDLE *old, bool new_first)
{
    unsigned edge = (unsigned)(mine - client.edge);
    enum connect_step step;
    NTSTATUS status = STATUS_SUCCESS;

    if (size >= 0) {
        status = client_format(mine->sink, mine->size);
        if (NT_SUCCESS(status))
            status = client_format(mine->source, mine->size);
    }
    if (!new_first && NT_SUCCESS(status)) {
        status = client_assign(mine->source, NULL);
        client_close(old);
    }
    if (NT_SUCCESS(status))
        status = client_allocator(edge, &step);
    client_close(old);
    return status;
}

/* In STOP: another size (size >= 0: a format that needs another framing) or number of frames. */
void play_renew(unsigned which, int size, unsigned frames, bool new_first)
{
    static const ULONG sizes[] = {64, 32, 128, 256};
    unsigned edge = client.edges ? which % client.edges : 0;
    struct edge *mine = &client.edge[edge];
    HANDLE old = mine->allocator;
    NTSTATUS status;
    bool excused;

    if (!play.connected || play.state != KSSTATE_STOP || !client.edges || !mine->heads ||
        client.gone[0] || client.gone[1])
        return;
    play_release_lent(edge);
    if (size >= 0)
        mine->size = sizes[size % 4];
    mine->frames = 1 + frames % 6;
    mine->allocator = NULL;
    play_fault_begin();
    status = renew(mine, size, &old, new_first);
    excused = play_fault_end();
    requests_done(edge);
    forget_lent(edge);
    book_reached(size >= 0 ? COVER_DOWN_FORMAT : COVER_DOWN_REASSIGN);
    if (NT_SUCCESS(status))
        client_expect();
    else if (excused)
        play_cut();
    else
        book_broke(RULE_REQUEST_WORKS, "another allocator for edge %u: %08x", edge,
                   (unsigned)status);
}

/* --- closing all ----------------------------------------------------------------------------- */

/* Pins, allocators, filters, in an order that a number names. */
static void close_all(unsigned order, bool careful)
{
    unsigned pins = client_pins();

    for (unsigned i = 0; i < client.edges; i++)
        if (order & 1)
            close_allocator(i, careful);
    for (unsigned i = 0; i < model.filters && order & 4; i++)
        client_close(&client.filter[i]);
    for (unsigned i = 0; i < pins; i++)
        close_pin(order & 2 ? i : pins - 1 - i);
    for (unsigned i = 0; i < client.edges; i++) {
        close_allocator(i, careful);
        client.edge[i].assigned = false;
    }
    for (unsigned i = 0; i < model.filters; i++)
        client_close(&client.filter[i]);
    play.state = KSSTATE_STOP;
    play.connected = false;
}

/* Every allocator whose handles are gone hears DeleteAllocator, after its last frame. */
static void judge_deleted(void)
{
    bool live = true;

    for (unsigned i = 0; i < 100 && live; i++) {
        live = false;
        for (unsigned j = 0; j < book_entries; j++)
            live |= book[j].state == ENTRY_LIVE;
        if (live)
            play_sleep(1000000);
    }
    for (unsigned i = 0; i < book_entries; i++) {
        if (book[i].state != ENTRY_LIVE)
            continue;
        if (book[i].out)
            book_broke(RULE_FRAMES_CONSERVED, "%u frames of allocator %u never came back",
                       (unsigned)book[i].out, i);
        book_broke(RULE_DELETE_MISSING,
                   "DeleteAllocator of allocator %u never came; pins and handles are closed", i);
    }
}

static void reads_done(void)
{
    for (unsigned i = 0; i < 20; i++) {
        bool waiting = false;
        client_reap(false);
        for (unsigned j = 0; j < READS_MAX; j++)
            waiting |= client.read[j].used;
        if (!waiting)
            return;
        play_sleep(1000000);
    }
    book_broke(RULE_REQUEST_DONE, "a read is not completed, and its pin's handle is closed");
}

static void all_closed(unsigned order, bool careful)
{
    close_all(order, careful);
    if (!book_is_well())
        return;
    reads_done();
    judge_deleted();
    book_look();
}

static bool anything_open(void)
{
    for (unsigned i = 0; i < client_pins(); i++)
        if (*client_pin(i))
            return true;
    for (unsigned i = 0; i < model.filters; i++)
        if (client.filter[i])
            return true;
    return false;
}

void play_down(unsigned order, bool without_stop)
{
    if (!anything_open())
        return;
    if (without_stop && play.state > KSSTATE_ACQUIRE)
        book_reached(COVER_DOWN_DISCONNECT);
    if (!without_stop) {
        play_state(KSSTATE_STOP, order);
        book_reached(COVER_DOWN_ORDERLY);
    }
    if (book_is_well())
        all_closed(order, !without_stop);
}

/* As a process that ends: requests wait, frames are out, nothing is told. */
void play_death(unsigned order)
{
    if (!anything_open())
        return;
    if (play.state > KSSTATE_ACQUIRE)
        book_reached(COVER_DOWN_DEATH);
    all_closed(order, false);
}

void play_surprise(unsigned device)
{
    if (client.gone[device])
        return;
    play_gaps();
    if (play.state > KSSTATE_ACQUIRE)
        book_reached(COVER_DOWN_SURPRISE);
    client.gone[device] = true;
    nt_device_surprise_remove(client.device[device]);
}

void play_cut(void)
{
    if (!anything_open())
        return;
    play_state(KSSTATE_STOP, 0);
    if (book_is_well())
        all_closed(0, true);
}

/* --- the end --------------------------------------------------------------------------------- */

void play_end(void)
{
    char sentence[NT_SENTENCE_BYTES];

    all_closed(play.scene->steps, false);
    for (unsigned i = 0; i < DEVICES && book_is_well(); i++) {
        NTSTATUS status = nt_device_remove(client.device[i]);
        for (unsigned j = 0; j < 20 && !NT_SUCCESS(status); j++) {
            play_sleep(1000000); /* a worker is still closing */
            status = nt_device_remove(client.device[i]);
        }
        if (!NT_SUCCESS(status))
            book_broke(RULE_LEAK, "device %u cannot be removed (%08x): a handle is open", i,
                       (unsigned)status);
    }
    if (!book_is_well())
        return;
    KeCancelTimer(&model.timer);
    KeFlushQueuedDpcs();
    if (!NT_SUCCESS(nt_driver_unload(client.driver, sentence)))
        book_broke(RULE_LEAK, "%s", sentence);
}
