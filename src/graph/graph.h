/* The graph manager's own structures; src/graph only. It speaks to filters as a client does:
 * handles, IOCTL_KS_*.
 *
 * Invariants:
 *  - a filter's pins are in the graph's list and closed before the filter's handle
 *  - a connected pair points at each other; only the source side owns the pipe's allocator handle
 *  - requests of a client pin are pending exactly while `pending` is set; their memory outlives
 * that */
#ifndef WEIR_GRAPH_GRAPH_H
#define WEIR_GRAPH_GRAPH_H

#include <ntifs.h>
#include <windef.h>
#include <ks.h>
#include <ksmedia.h>
#include <stdlib.h>
#include <string.h>

#include "machine/machine.h"

struct client;

struct blob { /* memory that lives as long as its filter */
    struct blob *next;
    max_align_t data[];
};

struct weir_graph {
    weir_graph *next;
    weir_machine *machine;
    weir_filter *filters; /* in order of opening */
    weir_pin *pins;       /* in order of opening */
    HANDLE clock;
    enum weir_state state;
};

struct weir_filter {
    weir_filter *next;
    weir_graph *graph;
    HANDLE handle;
    char name[64];
    unsigned depth; /* longest path from a source; graph_depths */
    struct blob *blobs;
};

struct weir_pin {
    weir_pin *next;
    weir_filter *filter;
    unsigned id;
    HANDLE handle;
    enum weir_flow flow;
    weir_pin *peer;            /* NULL: a client pin */
    bool source;               /* opened with PinToHandle */
    KSDATAFORMAT *format;      /* own copy */
    HANDLE allocator;          /* sources: the pipe's; NULL: none, or in place */
    weir_pin *allocator_place; /* where `allocator` was created; only to be compared */
    KSALLOCATOR_FRAMING allocator_framing;
    bool allocate_here; /* weir_pin_allocate_here */
    enum weir_state state;
    struct client *client; /* requests of a client pin; made at ACQUIRE */
    bool discard;
};

/* request.c: IOCTLs on a handle, waiting for the end. All give an NTSTATUS. */
NTSTATUS request_ioctl(HANDLE handle, ULONG code, const void *in, ULONG in_bytes, void *out,
                       ULONG out_bytes, ULONG *returned);
NTSTATUS request_get(HANDLE handle, const GUID *set, ULONG id, void *data, ULONG bytes,
                     ULONG *returned);
NTSTATUS request_set(HANDLE handle, const GUID *set, ULONG id, const void *data, ULONG bytes);
NTSTATUS request_pin_get(HANDLE filter, ULONG pin, ULONG id, void *data, ULONG bytes,
                         ULONG *returned);
/* A get whose size is asked for first; *data is freed by the caller. */
NTSTATUS request_get_sized(HANDLE handle, const void *request, ULONG request_bytes, void **data,
                           ULONG *bytes);
NTSTATUS request_open(const WCHAR *path, HANDLE *handle);
/* CREATE below a handle: "{GUID}\" and a structure. */
NTSTATUS request_create(HANDLE parent, const GUID *class_name, const void *parameter, ULONG bytes,
                        HANDLE *handle);

void *filter_keep(weir_filter *filter,
                  size_t bytes); /* zeroed; freed with the filter; NULL: no memory */

/* pin.c */
weir_status pin_new(weir_filter *filter, unsigned id, const KSDATAFORMAT *format, HANDLE peer,
                    weir_pin **pin);
void pin_free(weir_pin *pin);
weir_status pin_facts(weir_filter *filter, unsigned id, struct weir_pin_facts *facts);
void pin_name_category(struct weir_pin_facts *facts); /* a known category's name as its name */
void pin_text(const struct weir_pin_facts *facts, char *text,
              size_t text_bytes); /* "pin 1 (Still)" */

/* format.c */
weir_status format_first(weir_filter *filter, unsigned id, struct weir_format *format);
bool format_fits_range(const KSDATAFORMAT *format, const KSDATARANGE *range);
/* The ranges of a KSPROPERTY_PIN_DATARANGES answer, one after the other; NULL: the end. Each starts
 * at a multiple of 8; one with attributes is followed by their list, which is no range. */
struct range_place {
    ULONG at, item;
};
#define RANGE_FIRST {sizeof(KSMULTIPLE_ITEM), 0}
const KSDATARANGE *range_walk(const KSMULTIPLE_ITEM *items, ULONG bytes, struct range_place *place);
weir_status range_get(weir_filter *filter, unsigned id, unsigned index, const KSDATARANGE **range);
NTSTATUS format_intersect(weir_filter *filter, unsigned id, const KSDATARANGE *range,
                          struct weir_format *format);
/* format_wish.c: a copy of `range`, narrowed to the wish; NULL: does not fit. */
bool wish_narrow(weir_filter *filter, const char *wish, unsigned index, const KSDATARANGE *range,
                 const KSDATARANGE **narrowed);

/* allocator.c */
weir_status allocators_assign(weir_graph *graph);
void allocator_drop(weir_pin *pin);
void allocators_leave(weir_pin *place);
ULONG framing_frames(weir_pin *pin);
/* clock.c */
weir_status clock_assign(weir_graph *graph);
void clock_move(weir_graph *graph, enum weir_state state);
void clock_close(weir_graph *graph);

/* client.c: the pending requests of a pin whose other side is this program */
weir_status client_start(weir_pin *pin);
/* Serve the discarding pins: whoever waits for a frame does, and whoever asks for counts, as some
 * programs only watch. */
void client_discards(weir_graph *graph);
void client_halt(weir_pin *pin); /* in STOP */
void client_stop(weir_pin *pin); /* after the handle is closed */

/* state.c: fills `depth` of every filter. */
void graph_depths(weir_graph *graph);

weir_status graph_fail(weir_graph *graph, NTSTATUS status, const char *what, const char *who);

#endif
