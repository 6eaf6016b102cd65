/* The event stream: hands each event to the listeners. See watch.h. */
#include "watch/watch.h"

enum { LISTENERS_MAX = 8 };

struct listener {
    watch_listener *call;
    void *context;
    uint64_t kinds;
};

uint64_t watch_wanted;
static struct listener listeners[LISTENERS_MAX];
static unsigned listener_count;
static watch_stamp *stamp_event;
static uint64_t last_id;

void watch_set_stamp(watch_stamp *stamp)
{
    stamp_event = stamp;
}

bool watch_listen(watch_listener *listener, void *context, uint64_t kinds)
{
    if (listener_count == LISTENERS_MAX)
        return false;
    listeners[listener_count++] = (struct listener){listener, context, kinds};
    watch_wanted |= kinds;
    return true;
}

void watch_unlisten(watch_listener *listener, void *context)
{
    unsigned kept = 0;
    uint64_t kinds = 0;

    for (unsigned i = 0; i < listener_count; i++) {
        if (listeners[i].call != listener || listeners[i].context != context)
            listeners[kept++] = listeners[i];
    }
    for (unsigned i = 0; i < kept; i++)
        kinds |= listeners[i].kinds;
    listener_count = kept;
    watch_wanted = kinds;
}

const char *watch_kind_words(enum watch_kind kind)
{
    static const char *const words[] = {
#define X(name, words) words,
        WATCH_KINDS(X)
#undef X
    };
    return kind < WATCH_KIND_COUNT ? words[kind] : "?";
}

void watch_dispatch(enum watch_kind kind, uint64_t object, const char *name, uint64_t a, uint64_t b)
{
    struct watch_event event = {.kind = kind, .object = object, .name = name, .a = a, .b = b};

    if (stamp_event)
        stamp_event(&event);
    for (unsigned i = 0; i < listener_count; i++)
        if (listeners[i].kinds & WATCH_KIND_BIT(kind))
            listeners[i].call(listeners[i].context, &event);
}

uint64_t watch_object_id(void)
{
    return __atomic_add_fetch(&last_id, 1, __ATOMIC_RELAXED);
}

void watch_reset_ids(void)
{
    __atomic_store_n(&last_id, 0, __ATOMIC_RELAXED);
}
