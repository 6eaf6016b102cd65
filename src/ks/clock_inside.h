/* Default clock, seen from inside: default_clock.c (time) and clock_event.c (marks). See clock.h.
 *
 * Lock: default_clock->lock for everything but id and the owner's functions. The owner's
 * CorrelatedTime is called without it, its SetTimer and CancelTimer with it. */
#ifndef WEIR_KS_CLOCK_INSIDE_H
#define WEIR_KS_CLOCK_INSIDE_H

#include "clock.h"

struct default_clock {
    KSPIN_LOCK lock;
    uint64_t id;
    KSSTATE state;
    LONGLONG physical_start; /* base time when STOP was left; 0: in STOP */
    LONGLONG run_start;      /* base time when RUN began */
    LONGLONG gathered;       /* presentation time up to run_start */
    PVOID context;
    PFNKSSETTIMER set_timer;
    PFNKSCANCELTIMER cancel_timer;
    PFNKSCORRELATEDTIME correlated_time;
    KSRESOLUTION resolution;
    LIST_ENTRY events; /* KSEVENT_ENTRY of KSEVENTSETID_Clock, of all file objects */
    KTIMER timer;
    KDPC dpc;
};

/* The time base: the performance counter, or what the owner says. */
LONGLONG clock_base_time(const struct default_clock *clock, PLONGLONG system_time);
/* Presentation time at base time `now`. Lock held. */
LONGLONG clock_presentation_at(const struct default_clock *clock, LONGLONG now);

/* clock_event.c */
void clock_events_init(struct default_clock *clock);
void clock_events_end(struct default_clock *clock); /* PASSIVE_LEVEL; no event is left */
/* Time jumped, or started, or stopped: set the timer anew. Lock held. */
void clock_events_moved(struct default_clock *clock, LONGLONG now, bool jumped);

#endif
