/* weir.h: what a program links to run an AVStream minidriver in its own process.
 *
 *     weir_machine *machine;                                 // kernel, class driver, time
 *     weir_start(&(struct weir_options){.host = WEIR_SIM, .seed = 1}, &machine);
 *     weir_driver_load(machine, "camera.so", &driver);       // DriverEntry
 *     weir_device_add(driver, NULL, &device);                // AddDevice
 *     weir_device_start(device);                             // IRP_MN_START_DEVICE
 *     weir_graph_create(machine, &graph);
 *     weir_filter_open(graph, device, 0, &filter);           // IRP_MJ_CREATE
 *     weir_pin_open(filter, 0, NULL, &pin);                  // KsCreatePin, first format that fits
 *     weir_graph_state(graph, WEIR_RUN);
 *     weir_pin_read(pin, WEIR_SECOND, &frame);               // IOCTL_KS_READ_STREAM
 *     ...
 *     weir_graph_destroy(graph); weir_device_remove(device); weir_driver_unload(driver);
 *     weir_stop(machine, NULL, NULL);                        // says what leaked
 *
 * Every call returns a weir_status; weir_sentence() then says in words what happened, where and
 * what to do, and weir_ntstatus() gives the NTSTATUS behind it. Handles stay valid until their own
 * close or destroy call; destroying a parent closes its children, in the right order. One machine
 * per process at a time. Calls are made from the thread that started the machine; on the live host
 * other threads may join with weir_attach. Times are in units of 100 ns. Sizes are in bytes.
 * Exceptions are named with a suffix.
 *
 * This header needs nothing but C11 or C++17; it may be included beside <ks.h> or beside POSIX
 * headers. */
#ifndef WEIR_H
#define WEIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define WEIR_API     __attribute__((visibility("default")))
#define WEIR_SECOND  INT64_C(10000000)
#define WEIR_FOREVER INT64_MAX

typedef enum weir_status {
    WEIR_OK = 0,
    WEIR_FAILED,   /* refused; weir_ntstatus says why */
    WEIR_USAGE,    /* the call itself was wrong */
    WEIR_BUGCHECK, /* the machine is frozen; only weir_bugcheck_report and weir_stop may follow */
    WEIR_MISSING_DDI, /* the driver wants a DDI that weir does not have */
    WEIR_STALLED,     /* nothing flowed for the time that was given */
    WEIR_TIMEOUT,
    WEIR_END, /* end of stream */
    WEIR_NO_MEMORY,
} weir_status;

typedef struct weir_machine weir_machine;
typedef struct weir_driver weir_driver;
typedef struct weir_device weir_device;
typedef struct weir_graph weir_graph;
typedef struct weir_filter weir_filter;
typedef struct weir_pin weir_pin;

/* --- machine ---------------------------------------------------------------------------------- */

enum weir_host { WEIR_LIVE, WEIR_SIM };

struct weir_options {
    enum weir_host host;
    uint64_t seed;          /* sim: same seed, same run */
    unsigned processors;    /* 0: 2 */
    bool preemption;        /* sim: a thread may lose its processor at any switch point */
    const char *trace_path; /* Chrome trace events (JSON); NULL: none */
    /* A line that reproduces this run, for bug checks; NULL: made from the seed. */
    const char *reproduce;
    /* DbgPrint and weir's own messages, a line each without line end; NULL: stderr. May be called
     * from any context. */
    void (*log)(void *context, const char *line);
    void *log_context;
};

/** Start a machine.
 *  @return WEIR_OK; WEIR_USAGE one runs already, or bad options; WEIR_NO_MEMORY */
WEIR_API weir_status weir_start(const struct weir_options *options, weir_machine **machine);

struct weir_leak {
    const char
        *kind; /* pool, handle, object reference, MDL, timer, work item, stream pointer ... */
    const char *detail; /* tag, name, size */
    const char *owner;  /* driver's name, or "weir" */
    const char *place;  /* who made it: function and file:line, or "" */
    uint64_t count;
    uint64_t bytes;
};
typedef void weir_leak_sink(void *context, const struct weir_leak *leak);

/** Destroy all graphs, remove all devices, unload all drivers, end the machine, free everything.
 *  @param sink  called once per kind of thing that was still alive; may be NULL
 *  @return WEIR_OK nothing leaked; WEIR_FAILED something did */
WEIR_API weir_status weir_stop(weir_machine *machine, weir_leak_sink *sink, void *context);

/** What the last call that failed has to say. machine NULL: of weir_start. */
WEIR_API const char *weir_sentence(const weir_machine *machine);
WEIR_API int32_t weir_ntstatus(const weir_machine *machine);
/** "STATUS_NO_MATCH"; an unknown one as "0xC000....". */
WEIR_API const char *weir_ntstatus_name(int32_t status);
WEIR_API uint32_t weir_bugcheck_code(const weir_machine *machine); /* 0: none */
WEIR_API const char *weir_bugcheck_report(const weir_machine *machine);
WEIR_API int64_t weir_time(const weir_machine *machine); /* since start; sim: virtual */
WEIR_API weir_status weir_sleep(weir_machine *machine, int64_t duration);
WEIR_API uint64_t weir_seed(const weir_machine *machine);
/** Map a drive of driver paths (\\DosDevices\\c:\\...) to a folder. */
WEIR_API weir_status weir_path_map(weir_machine *machine, const char *drive, const char *folder);
/** "Parameters\\Name=dword:1", "Name=text": relative to the driver's own service key, kept and
 * written there before the DriverEntry of each driver that is loaded later. With a leading
 * backslash
 *  ("\\Registry\\Machine\\...") it is absolute and written at once. */
WEIR_API weir_status weir_registry_set(weir_machine *machine, const char *assignment);
WEIR_API weir_status weir_attach(weir_machine *machine, const char *name);
WEIR_API void weir_detach(weir_machine *machine);

/* --- device models: simulated hardware ----------------------------------------------- */

typedef struct weir_bus weir_bus; /* a device's side of the bus */
enum { WEIR_WINDOWS_MAX = 6, WEIR_LINES_MAX = 4 };

/* A model is told of register accesses on the thread that makes them, at its IRQL: it must not
 * block. Its timers run at device level. `create` gets the bus side; what it returns comes back as
 * `model`. */
struct weir_model {
    const char *name;
    unsigned windows; /* register windows, in the order of the resource list */
    uint32_t window_bytes[WEIR_WINDOWS_MAX];
    /* Plain memory on the board, zeroed, that driver and model share: no read, no write. */
    bool window_memory[WEIR_WINDOWS_MAX];
    unsigned lines; /* interrupt lines */
    bool bus_master;
    void *(*create)(weir_bus *bus); /* NULL: refused */
    void (*destroy)(void *model);
    uint64_t (*read)(void *model, unsigned window, uint32_t offset, unsigned width);
    void (*write)(void *model, unsigned window, uint32_t offset, unsigned width, uint64_t value);
    void (*power)(void *model, unsigned d_state); /* may be NULL */
    void (*removed)(void *model);                 /* may be NULL */
};
/* A model in a shared object (NAME.hw.so) exports this symbol. */
WEIR_API extern const struct weir_model weir_model_export __attribute__((weak));
#define WEIR_MODEL_SYMBOL "weir_model_export"

WEIR_API void weir_bus_interrupt(weir_bus *bus, unsigned line, bool asserted);
/** The model's side of a window of memory. @return NULL no such window; valid until `destroy` */
WEIR_API void *weir_bus_memory(weir_bus *bus, unsigned window);
WEIR_API bool weir_bus_read(weir_bus *bus, uint64_t bus_address, void *to, size_t bytes);
WEIR_API bool weir_bus_write(weir_bus *bus, uint64_t bus_address, const void *from, size_t bytes);
/** One-shot; setting replaces; delay < 0 stops. */
WEIR_API void weir_bus_timer(weir_bus *bus, int64_t delay, void (*expired)(void *context),
                             void *context);
WEIR_API int64_t weir_bus_time(weir_bus *bus);

/* --- drivers and devices ------------------------------------------------------------- */

/** Load a driver's shared object and call its DriverEntry.
 *  @return WEIR_OK; WEIR_MISSING_DDI; WEIR_FAILED no such file, no DriverEntry, built for another
 * sanitizer, or DriverEntry failed (weir_ntstatus); nothing stays loaded then */
WEIR_API weir_status weir_driver_load(weir_machine *machine, const char *path,
                                      weir_driver **driver);
WEIR_API const char *weir_driver_name(const weir_driver *driver);
/** Call DriverUnload and unmap. What the driver left behind is a bug check that names it. */
WEIR_API weir_status weir_driver_unload(weir_driver *driver);

/** Make a device and call AddDevice. model NULL: no hardware, empty resource lists. */
WEIR_API weir_status weir_device_add(weir_driver *driver, const struct weir_model *model,
                                     weir_device **device);
/** Load NAME.hw.so and use the model it exports; lives as long as the machine. */
WEIR_API weir_status weir_model_load(weir_machine *machine, const char *path,
                                     const struct weir_model **model);
WEIR_API weir_status weir_device_start(weir_device *device);
WEIR_API weir_status weir_device_stop(weir_device *device); /* QUERY_STOP, STOP */
WEIR_API weir_status weir_device_power(weir_device *device, unsigned d_state); /* 0 .. 3 */
WEIR_API weir_status weir_device_surprise_remove(weir_device *device);
/** QUERY_REMOVE, REMOVE. @return WEIR_FAILED while handles are open: the device is kept */
WEIR_API weir_status weir_device_remove(weir_device *device);
/** Filters that the device offers: index 0 .. count-1, in the order of creation. */
WEIR_API weir_status weir_device_filters(weir_device *device, unsigned *count);

/* --- graphs: filters, pins, formats -------------------------------------------------- */

enum weir_state { WEIR_STOP, WEIR_ACQUIRE, WEIR_PAUSE, WEIR_RUN };
enum weir_flow { WEIR_IN = 1, WEIR_OUT = 2 }; /* KSPIN_DATAFLOW */
enum weir_communication {
    WEIR_COM_NONE,
    WEIR_COM_SINK,
    WEIR_COM_SOURCE,
    WEIR_COM_BOTH,
    WEIR_COM_BRIDGE
};

struct weir_guid {
    uint8_t bytes[16]; /* as GUID lies in memory */
};

WEIR_API weir_status weir_graph_create(weir_machine *machine, weir_graph **graph);
/** STOP, then close everything. */
WEIR_API weir_status weir_graph_destroy(weir_graph *graph);
/** Open a device's filter by index (weir_device_filters). */
WEIR_API weir_status weir_filter_open(weir_graph *graph, weir_device *device, unsigned index,
                                      weir_filter **filter);
/** Open the index-th filter registered under a category. */
WEIR_API weir_status weir_filter_open_category(weir_graph *graph, const struct weir_guid *category,
                                               unsigned index, weir_filter **filter);
WEIR_API weir_status weir_filter_close(weir_filter *filter); /* and its pins */
WEIR_API uint64_t weir_filter_handle(const weir_filter *filter);
WEIR_API uint64_t weir_pin_handle(const weir_pin *pin);

struct weir_pin_facts {
    unsigned id;
    char name[64]; /* from KSPROPERTY_PIN_NAME, else the category, else "pin N" */
    enum weir_flow flow;
    enum weir_communication communication;
    struct weir_guid category;
    int instances_possible; /* -1: unlimited */
    unsigned instances_now;
    unsigned instances_necessary;
    unsigned ranges;
};
WEIR_API weir_status weir_filter_pins(weir_filter *filter, unsigned *count);
WEIR_API weir_status weir_filter_pin(weir_filter *filter, unsigned id,
                                     struct weir_pin_facts *facts);

/* A KSDATAFORMAT or KSDATARANGE with what follows it; owned by whoever gave it. */
struct weir_format {
    const void *data;
    size_t bytes;
};
/** The index-th data range of a pin; valid until the filter closes. */
WEIR_API weir_status weir_pin_range(weir_filter *filter, unsigned id, unsigned index,
                                    struct weir_format *range);
/** Let the filter choose a format of the pin that fits the peer's ranges (peer NULL: its own). The
 * result is valid until the filter closes. @param text  NULL, or a wish: "yuy2", "320x240", "nv12
 * 640x480@30", "48000 2 16" (rate channels bits), or the number of a range as inspect lists them
 * ("#2") */
WEIR_API weir_status weir_pin_intersect(weir_filter *filter, unsigned id, weir_filter *peer,
                                        unsigned peer_id, const char *text,
                                        struct weir_format *format);
/** A format or range in words ("video YUY2 320x240 30 fps, 153600 bytes"). @return length as
 * snprintf */
WEIR_API size_t weir_format_text(const struct weir_format *format, char *text, size_t text_bytes);

/** Open a pin whose other side is this program (PinToHandle NULL). format NULL: the first that the
 * filter offers. */
WEIR_API weir_status weir_pin_open(weir_filter *filter, unsigned id,
                                   const struct weir_format *format, weir_pin **pin);
/** Connect an output pin to an input pin: sink made first, then the source with PinToHandle = sink.
 *  format NULL: the first that both accept. */
WEIR_API weir_status weir_connect(weir_filter *from, unsigned from_id, weir_filter *to,
                                  unsigned to_id, const struct weir_format *format,
                                  weir_pin **from_pin, weir_pin **to_pin);
/** Close a pin; a connected one leaves its peer open, unconnected. */
WEIR_API weir_status weir_pin_close(weir_pin *pin);
WEIR_API weir_status weir_pin_format(weir_pin *pin, struct weir_format *format);
/** KSPROPERTY_CONNECTION_DATAFORMAT set. */
WEIR_API weir_status weir_pin_set_format(weir_pin *pin, const struct weir_format *format);

/** Drive the graph to a state, one step at a time: on the way up each pipe gets its allocator and
 * each pin its clock in STOP; acquire goes from the sinks towards the sources. A failing step is
 * undone. */
WEIR_API weir_status weir_graph_state(weir_graph *graph, enum weir_state state);
WEIR_API weir_status weir_pin_state(weir_pin *pin, enum weir_state state); /* one pin, for tests */

/** Open the necessary pins that nobody named, with a discarding reader; says which in the log. */
WEIR_API weir_status weir_graph_complete(weir_graph *graph);

/* --- allocators --------------------------------------------------------------------- */

/* A pin that could allocate a pipe's frames. */
struct weir_allocator_candidate {
    weir_pin *pin;
    const char *name; /* "camera pin 0" */
    bool own;         /* by its KSALLOCATOR_DISPATCH; else from the pool */
    bool chosen;
    const char *reason; /* why not, in a sentence; "" where chosen */
};

/* Pins that share frames, from the head on: source, sink, source ...; or one pin whose other side
 * is this program. */
struct weir_pipe {
    weir_pin *const *pins;
    const char *const *pin_names;
    unsigned pin_count;
    bool client;   /* frames are this program's buffers: no allocator */
    bool injected; /* frames are the head's minidriver's own (KsPinSubmitFrame): no allocator */
    const char *begins; /* why a transform's output, or an instance of a splitter, has frames of its
                           own; "": it is a source's */
    const char *refused; /* why nobody can allocate; "": somebody does */
    bool own;            /* the chosen pin's KSALLOCATOR_DISPATCH; else the pool */
    const char *memory;  /* KERNEL_NONPAGED ... */
    unsigned frames, frame_bytes, alignment; /* alignment in bytes */
    const struct weir_allocator_candidate *candidates;
    unsigned candidate_count;
};
/* What it is given is valid during the call. */
typedef void weir_pipe_sink(void *context, const struct weir_pipe *pipe);

/** Who allocates where, and why: the plan that weir_graph_state carries out when the graph leaves
 * STOP. Nothing is changed. The rule: docs/allocator-selection.md. */
WEIR_API weir_status weir_graph_allocators(weir_graph *graph, weir_pipe_sink *sink, void *context);
/** Wish that this pin allocates for its pipe (or, false, no longer). In STOP. What cannot be is
 * refused by weir_graph_state, with the reason. */
WEIR_API weir_status weir_pin_allocate_here(weir_pin *pin, bool wish);

/* --- frames -------------------------------------------------------------------------- */

struct weir_frame {
    const void *data;
    size_t bytes;  /* DataUsed */
    size_t extent; /* FrameExtent */
    bool time_valid, duration_valid;
    int64_t time, duration; /* 100 ns, after Numerator/Denominator */
    uint32_t flags;         /* KSSTREAM_HEADER_OPTIONSF_* */
    const void *extension;  /* what follows KSSTREAM_HEADER */
    size_t extension_bytes;
    int64_t picture_number, drop_count; /* KS_FRAME_INFO; -1: not a video frame */
    uint64_t number;                    /* 0, 1, 2 ... of this pin, as it came back */
};

/** Wait for the next frame of an output pin. Reads are kept pending (at least the framing's Frames)
 * by weir. The frame stays valid until the next read on this pin. @return WEIR_END after end of
 * stream; WEIR_TIMEOUT; WEIR_FAILED the IRP failed */
WEIR_API weir_status weir_pin_read(weir_pin *pin, int64_t timeout, struct weir_frame *frame);
/** Queue data to an input pin; waits while all buffers are in use.
 *  frame: data, bytes, time..., flags, extension (number and extent are ignored). */
WEIR_API weir_status weir_pin_write(weir_pin *pin, const struct weir_frame *frame, int64_t timeout);
/** Wait until the driver has given back everything written. */
WEIR_API weir_status weir_pin_drain(weir_pin *pin, int64_t timeout);
/** Cancel what is pending on the pin (NtCancelIoFile). */
WEIR_API weir_status weir_pin_cancel(weir_pin *pin);
/** IOCTL_KS_RESET_STATE: begin true or false. */
WEIR_API weir_status weir_pin_reset(weir_pin *pin, bool begin);
WEIR_API weir_status weir_pin_set_discard(weir_pin *pin, bool discard); /* weir reads and drops */

/* --- properties, and why nothing flows ----------------------------------------------- */

enum weir_request { WEIR_PROPERTY, WEIR_METHOD, WEIR_EVENT };
/** IOCTL_KS_PROPERTY, _METHOD or _ENABLE_EVENT on a handle. request is the KSPROPERTY, KSMETHOD or
 *  KSEVENT with what follows. WEIR_EVENT is for support queries: an event that is enabled so lives
 *  until the handle closes.
 *  @param returned  bytes returned or needed */
WEIR_API weir_status weir_ioctl(weir_machine *machine, uint64_t handle, enum weir_request what,
                                const void *request, size_t request_bytes, void *data,
                                size_t data_bytes, size_t *returned);

struct weir_pin_counts {
    uint64_t received, queued, completed,
        cancelled; /* received == queued + completed + cancelled */
    uint64_t dropped;
    unsigned clones;
    enum weir_state state;
};
WEIR_API weir_status weir_pin_counts(weir_pin *pin, struct weir_pin_counts *counts);

/** One sentence per object that holds the stream up (gate closed, state, no frame ahead of the
 * leading edge, processing mutex held, pending without an attempt ...). @return number of sentences
 */
WEIR_API size_t weir_graph_explain(weir_graph *graph,
                                   void (*sink)(void *context, const char *sentence),
                                   void *context);

#ifdef __cplusplus
}
#endif
#endif
