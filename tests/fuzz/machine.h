/* A machine with the fuzzed driver, for the targets that send requests.
 *
 * Interface:
 *  - fuzz_machine_run(body, input) runs body inside the guard, with a filter open; a bug check, and
 *    every FUZZ_MACHINE_INPUTS inputs a leak, is a failure. Between inputs the machine is kept, for
 *    speed; handles are not. FUZZ_RESTART=1 in the environment: a new machine for each input, so
 *    that the one that leaks is found.
 *  - body runs as a client (PreviousMode UserMode), unlike the thread that started the machine;
 *    "kernel" is a Zw call
 *  - handles made by fuzz_open are closed after the body
 *  - fuzz_control sends one request and waits for its end; what does not end is cancelled */
#ifndef FUZZ_MACHINE_H
#define FUZZ_MACHINE_H

#include <ntifs.h>
#include <windef.h>
#include <ks.h>
#include <ksmedia.h>

#include "fuzz.h"
#include "fuzzed.h"
#include "weir/weir.h"

enum { FUZZ_MACHINE_INPUTS = 256, FUZZ_HANDLES_MAX = 16, NAME_BYTES_MAX = 512 };

extern HANDLE fuzz_filter; /* open while a body runs */
extern HANDLE fuzz_event;  /* likewise: an event of the client's own */

int fuzz_machine_run(void (*body)(struct fuzz_input *input), struct fuzz_input *input);

/* Open below `parent`, as a client or as a driver does; NULL: refused. */
HANDLE fuzz_open(HANDLE parent, const void *name, USHORT bytes, bool kernel);
/* "{class}\" and the parameter. */
HANDLE fuzz_open_class(HANDLE parent, const GUID *class_name, const void *parameter, USHORT bytes,
                       bool kernel);
/* A pin of the plain range, in KSSTATE_STOP. */
HANDLE fuzz_open_pin(ULONG id);
NTSTATUS fuzz_control(HANDLE handle, ULONG code, void *in, ULONG in_bytes, void *out,
                      ULONG out_bytes, bool kernel);
NTSTATUS fuzz_state(HANDLE pin, ULONG state);

#endif
