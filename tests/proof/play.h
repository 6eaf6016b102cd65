/* Play: one scene, on a machine of its own. What the interpreter's two halves share. */
#ifndef WEIR_PROOF_PLAY_H
#define WEIR_PROOF_PLAY_H

#include "client.h"
#include "fault.h"

struct play {
    const struct scene *scene;
    bool no_pool; /* the next request runs short */
    unsigned no_pool_at;
    bool dirty;     /* a request failed since: what is connected may be half */
    bool connected; /* all pins and allocators are there */
    KSSTATE state;  /* what all pins were told last */
    bool resetting;
};

extern struct play play;

enum { FILTER_ANY = FILTERS_MAX };

/* play_up.c: connect, states */
void play_connect(unsigned order);
void play_state(KSSTATE state, unsigned order);
void play_pin_state(unsigned pin, KSSTATE state);
bool play_fault_begin(void);
bool play_fault_end(void); /* was anything refused or short? */

/* play_flow.c: frames */
void play_feed(unsigned frames, bool wait);
void play_hold(unsigned filter, unsigned kind, unsigned count);
void play_release(unsigned filter, unsigned by, unsigned when);
void play_stall(unsigned filter, bool end);
void play_reset(unsigned pin, unsigned how);
void play_power(unsigned device, bool up);
void play_alloc(unsigned edge, bool by_table, KIRQL level);
void play_free(unsigned which, bool by_table, KIRQL level);
void play_cancel(unsigned which);
void play_cancel_read(unsigned which);
void play_note_locked(unsigned filter);
void play_gaps(void);           /* frames may be cancelled from now on */
void play_sleep(LONGLONG span); /* 100 ns */

/* play_down.c: ways down */
void play_down(unsigned order, bool without_stop);
void play_death(unsigned order);
void play_surprise(unsigned device);
void play_close_pin(unsigned pin);
void play_close_allocator(unsigned edge);
void play_renew(unsigned edge, int size, unsigned frames, bool new_first);
void play_stopped(void); /* after STOP: frames must be home */
void play_release_lent(unsigned edge);
void play_cut(void); /* whatever failed: everything closed */
void play_end(void); /* nothing may be left */

#endif
