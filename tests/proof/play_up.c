/* Play: the way up, and its failures. */
#include "play.h"

/* --- what the scene lets fail ---------------------------------------------------------------- */

bool play_fault_begin(void)
{
    model.refused = false;
    if (play.no_pool)
        fault_arm(play.no_pool_at);
    return play.no_pool;
}

bool play_fault_end(void)
{
    bool short_of = play.no_pool && fault_disarm();

    play.no_pool = false;
    model.refuse = false;
    if (short_of)
        book_reached(COVER_POOL_FAILED);
    return short_of || model.refused;
}

/* --- connect --------------------------------------------------------------------------------- */

static NTSTATUS connect_edge(unsigned edge, enum connect_step *step)
{
    NTSTATUS status = client_open_pins(edge, step);

    if (NT_SUCCESS(status) && client.edge[edge].heads)
        status = client_allocator(edge, step);
    return status;
}

static void note_connect(enum connect_step step)
{
    static const enum proof_cover covers[] = {COVER_CONNECT_SINK, COVER_CONNECT_SOURCE,
                                              COVER_CONNECT_ALLOCATOR, COVER_CONNECT_ASSIGN};

    book_reached(COVER_DOWN_CONNECT);
    if (model.refused && model.refuse_what == REFUSE_CONNECT)
        book_reached(COVER_CONNECT_LINK);
    else if (model.refused && model.refuse_what == REFUSE_INITIALIZE)
        book_reached(COVER_CONNECT_INITIALIZE);
    else
        book_reached(covers[step]);
}

static NTSTATUS connect_all(unsigned order, enum connect_step *step)
{
    NTSTATUS status = client_open_filters();

    for (unsigned i = 0; NT_SUCCESS(status) && i < client.edges; i++)
        status = connect_edge(order & 1 ? client.edges - 1 - i : i, step);
    if (NT_SUCCESS(status))
        status = client_open_tail();
    return status;
}

static bool device_missing(void)
{
    for (unsigned i = 0; i < model.filters; i++)
        if (client.gone[model.scene->graph[G_DEVICE + i] % DEVICES])
            return true;
    return false;
}

/* A failed Initialize must fail its create; and whatever failed leaves nothing behind. */
static void judge_connect(NTSTATUS status, bool excused, enum connect_step step)
{
    if (NT_SUCCESS(status)) {
        if (model.refused)
            book_broke(model.refuse_what == REFUSE_INITIALIZE ? RULE_INITIALIZE_FAILED
                                                              : RULE_REQUEST_WORKS,
                       "the minidriver refused (%u), and the connect went well", model.refuse_what);
        play.connected = true;
        client_expect();
        return;
    }
    if (!excused) {
        book_broke(RULE_REQUEST_WORKS, "connect (at %d) answers %08x, and nothing stood in its way",
                   (int)step, (unsigned)status);
        return;
    }
    note_connect(step);
    play_cut();
}

void play_connect(unsigned order)
{
    enum connect_step step = CONNECTING_SINK;
    NTSTATUS status;
    bool excused;

    if (play.connected || device_missing())
        return;
    play_cut(); /* what is left of a connection: a pin that is referred to cannot be made again */
    if (!book_is_well())
        return;
    play_fault_begin();
    status = connect_all(order, &step);
    excused = play_fault_end();
    judge_connect(status, excused, step);
}

/* --- states ---------------------------------------------------------------------------------- */

/* The order in which pins are told: sinks first, sources first, or from the middle on. Pins 2e and
 * 2e + 1 are the source and the sink of edge e. */
static unsigned pin_at(unsigned i, unsigned order)
{
    unsigned pins = client_pins();

    switch (order % 3) {
    case 0:
        return pins - 1 - i;
    case 1:
        return i;
    default:
        return (i + pins / 2) % pins;
    }
}

static bool asleep(void)
{
    return client.asleep[0] || client.asleep[1];
}

static void note_acquire(void)
{
    bool first = model.refused_allocate == 0;

    if (!model.refused) {
        book_reached(COVER_ACQUIRE_POOL);
        return;
    }
    switch (model.refuse_what) {
    case REFUSE_ALLOCATE:
        book_reached(first ? COVER_ACQUIRE_FIRST : COVER_ACQUIRE_LATER);
        break;
    case REFUSE_ALIGNMENT:
        book_reached(COVER_ACQUIRE_ALIGN);
        break;
    case REFUSE_STATE:
        if (model.refused_state != KSSTATE_ACQUIRE)
            book_reached(COVER_RUN_REFUSED);
        else if (model.refused_filter == 0)
            book_reached(COVER_ACQUIRE_HEAD);
        else if (model_is_end(model.refused_filter) && model.refused_type == PIN_IN)
            book_reached(COVER_ACQUIRE_SINK);
        else
            book_reached(COVER_ACQUIRE_MIDDLE);
        break;
    default:
        break;
    }
}

/* No pin of ours above `state`, by what the minidriver was told. */
static void judge_roll_back(KSSTATE state)
{
    for (unsigned i = 0; i < client_pins(); i++) {
        struct model_pin *pin = client_model_pin(i);
        if (pin->ks && pin->state > state)
            book_broke(RULE_ROLL_BACK, "pin %u is in state %d after a step that failed from %d", i,
                       (int)pin->state, (int)state);
    }
}

/* One step: every pin is told; at the first refusal all are told what they were told before. */
static bool tell_all(KSSTATE state, unsigned order, bool excused)
{
    unsigned pins = client_pins();
    KSSTATE before = play.state;

    for (unsigned i = 0; i < pins; i++) {
        HANDLE pin = *client_pin(pin_at(i, order));
        NTSTATUS status = pin ? client_state(pin, state) : STATUS_SUCCESS;
        if (NT_SUCCESS(status))
            continue;
        if (!excused && !model.refused) {
            book_broke(RULE_REQUEST_WORKS,
                       "state %d of pin %u answers %08x, and nothing stood in "
                       "its way",
                       (int)state, pin_at(i, order), (unsigned)status);
            return false;
        }
        fault_disarm();
        for (unsigned j = 0; j <= i; j++) {
            pin = *client_pin(pin_at(i - j, order));
            if (pin)
                client_state(pin, before);
        }
        return false;
    }
    play.state = state;
    return true;
}

/* Frames that a client still has keep a pipe from its ACQUIRE, and so does one without handles. */
static bool obstructed(void)
{
    for (unsigned i = 0; i < LENT_MAX; i++)
        if (client.lent[i].frame)
            return true;
    for (unsigned i = 0; i < REQUESTS_MAX; i++)
        if (client.request[i].used)
            return true;
    for (unsigned i = 0; i < client.edges; i++)
        if (client.edge[i].robbed)
            return true;
    for (unsigned i = 0; i < model.filters; i++)
        if (model_holds(i))
            return true; /* of a pipe that stopped: its frames are not home */
    return !play.connected || client.gone[0] || client.gone[1];
}

static void climb(KSSTATE state, unsigned order)
{
    bool hindered = obstructed();
    KSSTATE was = play.state;

    while (play.state < state && book_is_well()) {
        was = play.state;
        play_fault_begin();
        bool well = tell_all(play.state + 1, order, hindered || play.no_pool);
        bool excused = play_fault_end();
        if (well)
            continue;
        play_gaps();
        if (!book_is_well())
            return;
        if (excused)
            note_acquire();
        if (!asleep())
            judge_roll_back(was);
        if (was == KSSTATE_STOP)
            play_stopped();
        return;
    }
}

/* A device that is gone takes no state but STOP, and so does what lost its neighbour. */
static void stop_what_is_left(unsigned order)
{
    for (unsigned i = 0; i < client_pins(); i++) {
        HANDLE pin = *client_pin(pin_at(i, order));
        if (pin)
            client_state(pin, KSSTATE_STOP);
    }
    play.state = KSSTATE_STOP;
    play_stopped();
}

void play_state(KSSTATE state, unsigned order)
{
    if (state > play.state && !play.connected)
        return;
    if (state > play.state) {
        climb(state, order);
        return;
    }
    if (state < KSSTATE_PAUSE)
        play_gaps();
    if (state == KSSTATE_STOP && play.state > state)
        play_note_locked(FILTER_ANY);
    if (!play.connected || client.gone[0] || client.gone[1]) {
        stop_what_is_left(order);
        return;
    }
    while (play.state > state && book_is_well())
        tell_all(play.state - 1, order, false);
    if (state == KSSTATE_STOP && book_is_well())
        play_stopped();
}

/* One pin alone, and back to what all have: the pipe follows the lowest. */
void play_pin_state(unsigned which, KSSTATE state)
{
    unsigned pin = which % client_pins();
    HANDLE handle = *client_pin(pin);
    NTSTATUS status;
    bool excused;

    if (!handle || !play.connected || client.gone[0] || client.gone[1] || state >= play.state)
        return;
    if (state < KSSTATE_PAUSE)
        play_gaps();
    client_state(handle, state);
    play_sleep(2000);
    play_gaps();
    play_fault_begin();
    status = client_state(handle, play.state);
    excused = play_fault_end();
    if (NT_SUCCESS(status))
        return;
    if (!excused && !obstructed())
        book_broke(RULE_REQUEST_WORKS, "pin %u does not come back to state %d: %08x", pin,
                   (int)play.state, (unsigned)status);
    else
        stop_what_is_left(0);
}
