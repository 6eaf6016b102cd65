/* Clocks: the default clock (shared by any number of file objects), and the master clock of a pin.
 *
 * Physical time counts from the clock's first leaving STOP; presentation time runs in RUN only, and
 * both start again from 0 after STOP. Units of 100 ns. The time base is the performance counter
 * (Undocumented: the pages name it and the interrupt time, behaviour.md 11.5), or the owner's
 * PFNKSCORRELATEDTIME (presentation time is then measured with it too).
 * Lock: default_clock->lock, a spin lock; the owner's functions are called without it. */
#ifndef WEIR_KS_CLOCK_H
#define WEIR_KS_CLOCK_H

#include "object.h"
#include "clock_entry.h"

struct pin;

/* The pin's own clock, where KSPIN_FLAG_IMPLEMENT_CLOCK is set; before Create is dispatched. */
NTSTATUS pin_clock_create(struct pin *pin);
void pin_clock_destroy(struct pin *pin);
/* Drop the master clock. PASSIVE_LEVEL, no lock held. */
void pin_clock_forget(struct pin *pin);

/* The class driver's own clock device, "\\Device\\KsClock" (clock_entry.h): a graph opens it, sets
 * it as master clock and moves it by KSPROPERTY_CLOCK_STATE (Undocumented: Windows' property is get
 * only; a clock that belongs to no pin needs somebody who moves it). */

/* clock_object.c: `settable` admits a set of KSPROPERTY_CLOCK_STATE. */
NTSTATUS clock_object_create(PIRP irp, PKSDEFAULTCLOCK clock, bool settable, bool owns);

/* The default clock behind a clock object's file. */
PKSDEFAULTCLOCK clock_of_file(PFILE_OBJECT file);

/* clock_event.c: KSEVENTSETID_Clock. */
NTSTATUS clock_event_enable(PIRP irp, PKSDEFAULTCLOCK clock);
NTSTATUS clock_event_disable(PIRP irp, PKSDEFAULTCLOCK clock);
void clock_events_forget(PFILE_OBJECT file, PKSDEFAULTCLOCK clock); /* all that this file enabled */

LONGLONG clock_presentation_time(PKSDEFAULTCLOCK clock, PLONGLONG system_time);
LONGLONG clock_physical_time(PKSDEFAULTCLOCK clock, PLONGLONG system_time);
void clock_resolution(PKSDEFAULTCLOCK clock, PKSRESOLUTION resolution);

#endif
