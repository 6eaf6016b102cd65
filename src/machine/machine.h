/* The machine as src/machine and src/graph share it: errors, the guard around every call, links to
 * devices. Nothing of nt or ks shows here.
 *
 * Invariant: a public call that failed has left a sentence; one that succeeded has not touched it.
 */
#ifndef WEIR_MACHINE_H
#define WEIR_MACHINE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <weir/weir.h>

enum { MACHINE_SENTENCE_BYTES = 1024, MACHINE_LINK_UNITS = 260 };

/* Remember why a call failed; returns status. The sentence: what happened, where, what to do. */
weir_status machine_fail(weir_machine *machine, weir_status status, int32_t ntstatus,
                         const char *format, ...) __attribute__((format(printf, 4, 5)));

/* A sentence of nt or ks, with the names of the statuses in it: "status 0xC0000001" >
 * "STATUS_UNSUCCESSFUL (0xC0000001)". */
void machine_status_words(const char *in, char *out, size_t out_bytes);

/* Run body inside the machine: WEIR_BUGCHECK if it froze meanwhile, or had frozen before. */
weir_status machine_call(weir_machine *machine, weir_status (*body)(void *argument),
                         void *argument);

/* A line to the program's log (weir_options.log). */
void machine_log(weir_machine *machine, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

weir_machine *machine_of_device(weir_device *device);
const char *machine_device_name(weir_device *device);

/* The index-th filter of a device as a path to open, 16-bit units, zero at the end. false: no such
 * filter. */
bool machine_device_link(weir_device *device, unsigned index, uint16_t link[MACHINE_LINK_UNITS]);
/* The index-th filter registered under a category, of any device. */
bool machine_category_link(weir_machine *machine, const struct weir_guid *category, unsigned index,
                           uint16_t link[MACHINE_LINK_UNITS]);

/* src/graph registers its end: called by weir_stop, before devices are removed, until it returns
 * false. */
typedef bool machine_destroy_one(weir_machine *machine);
void machine_on_stop(machine_destroy_one *destroy);

int64_t machine_time(void);

#endif
