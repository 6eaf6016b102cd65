/* Client: what the scene's steps ask of the model's filters, by handle and IRP as any client does.
 *
 * Interface: client_connect makes whatever is not there; each call answers with the NTSTATUS of the
 * first request that failed. The interpreter (play.c) judges. */
#ifndef WEIR_PROOF_CLIENT_H
#define WEIR_PROOF_CLIENT_H

#include "model.h"
#include "nt/machine.h"

enum { DEVICES = 2, REQUESTS_MAX = 6, READS_MAX = 4, LENT_MAX = 8 };

struct edge {
    unsigned from, from_type, to; /* filters */
    HANDLE source, sink, allocator;
    struct entry *entry; /* of the allocator; NULL: a pool's, or none */
    PFILE_OBJECT file;   /* of the allocator, while it is lent from; NULL */
    bool heads;          /* it has an allocator, else it continues the pipe before */
    bool assigned;
    bool robbed; /* its handle was closed with frames that ALLOC gave: a pipe lacks them */
    ULONG frames, size, alignment;
};

/* An ALLOC that may wait. */
struct request {
    bool used, cancelled, waited;
    unsigned edge;
    KSMETHOD method;
    KEVENT done;
    IO_STATUS_BLOCK io;
    PIRP irp;
    PVOID frame;
};

/* A frame that ALLOC gave. */
struct lent {
    PVOID frame; /* NULL: none */
    unsigned edge;
    struct entry *entry;
};

struct read {
    bool used;
    KSSTREAM_HEADER header;
    KEVENT done;
    IO_STATUS_BLOCK io;
    PIRP irp;
    UCHAR data[256];
};

struct client {
    struct nt_driver *driver;
    struct nt_device *device[DEVICES];
    bool gone[DEVICES], asleep[DEVICES];
    HANDLE filter[FILTERS_MAX];
    struct edge edge[EDGES_MAX];
    unsigned edges;
    HANDLE tail; /* the pin that the client reads; NULL: none, or not open */
    bool tailed, resetting;
    struct request request[REQUESTS_MAX];
    struct read read[READS_MAX];
    struct lent lent[LENT_MAX];
    LONG reads_done; /* with a frame */
};

extern struct client client;

enum connect_step { CONNECTING_SINK, CONNECTING_SOURCE, CONNECTING_ALLOCATOR, CONNECTING_ASSIGN };

NTSTATUS client_begin(void); /* driver, devices */
void client_layout(void);    /* edges, from the graph */
NTSTATUS client_open_filters(void);
NTSTATUS client_open_pins(unsigned edge, enum connect_step *at);
NTSTATUS client_open_tail(void);
NTSTATUS client_allocator(unsigned edge, enum connect_step *at);
NTSTATUS client_assign(HANDLE source, HANDLE allocator);
void client_expect(void); /* tells the model which allocator each pin's frames are of */
struct edge *client_head(unsigned edge);

unsigned client_pins(void); /* pins that may be open: 2 * edges + tail */
HANDLE *client_pin(unsigned pin);
unsigned client_pin_filter(unsigned pin);
struct model_pin *client_model_pin(unsigned pin);

NTSTATUS client_property(HANDLE handle, const GUID *set, ULONG id, PVOID data, ULONG bytes);
NTSTATUS client_state(HANDLE pin, KSSTATE state);
NTSTATUS client_format(HANDLE pin, ULONG size);
NTSTATUS client_reset(HANDLE pin, KSRESET reset);
bool client_close(HANDLE *handle);

/* ALLOC and FREE, by method or by function table. */
NTSTATUS client_table(unsigned edge, KSSTREAMALLOCATOR_FUNCTIONTABLE *table);
void client_ask(unsigned edge);
void client_collect(void); /* what ALLOC requests brought */
void client_lend(unsigned edge, struct entry *entry, PVOID frame);
bool client_give(struct lent *lent, bool by_table, KIRQL level);

void client_read(void);
void client_reap(bool again);
PFILE_OBJECT client_file(HANDLE handle);

#endif
