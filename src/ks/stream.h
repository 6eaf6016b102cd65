/* The seam between the object half of the class driver and its streaming half.
 *
 * The object half (device, factory, filter, pin, automation) calls the functions of the first
 * group; the streaming half calls those of the second. Nothing else crosses. */
#ifndef WEIR_KS_STREAM_H
#define WEIR_KS_STREAM_H

#include "pin.h"

/* --- called by the object half ------------------------------------------------------- */

/* Gate, queue and process object of a new pin, before SetDataFormat(NULL) and Create are
 * dispatched. */
NTSTATUS pin_stream_create(struct pin *pin);
/* IRP_MJ_CLEANUP: drop allocator and clock, cancel IRPs, step to STOP, take frames back that the
 * minidriver keeps (waits up to five seconds for it). PASSIVE, no ks mutex held. */
void pin_stream_cleanup(struct pin *pin);
/* Before the Close dispatch: waits for work items, reclaims what the minidriver left. Control mutex
 * held. */
void pin_stream_close(struct pin *pin);
/* After Close (or a failed Create): frees. */
void pin_stream_destroy(struct pin *pin);
/* SURPRISE_REMOVAL: new I/O fails, the pipe steps to STOP. No ks mutex held. */
void pin_stream_surprise(struct pin *pin);
/* Power: the pin's device went to sleep (steps to PAUSE) or woke (restores). No ks mutex held. */
void pin_stream_power(struct pin *pin);
/* IOCTL_KS_READ_STREAM, WRITE_STREAM, RESET_STATE on a pin: completes or pends the IRP, returns its
 * status. */
NTSTATUS pin_stream_ioctl(struct pin *pin, PIRP irp);
/* After a successful SetDataFormat from KSPROPERTY_CONNECTION_DATAFORMAT; control mutex held. */
void pin_stream_format_changed(struct pin *pin);

NTSTATUS filter_stream_create(
    struct filter *filter); /* process object if Dispatch->Process exists; before Create */
void filter_stream_close(struct filter *filter); /* before Close is dispatched */
void filter_stream_destroy(struct filter *filter);

/* Create items below a pin: KSNAME_Allocator, KSNAME_Clock. They return the status; the caller
 * completes the IRP. */
NTSTATUS pin_create_allocator(struct pin *pin, PIRP irp);
NTSTATUS pin_create_clock(struct pin *pin, PIRP irp);

/* Property handlers (PFNKSHANDLER) for the pin's class table; `irp` leads to the pin by
 * KsGetPinFromIrp. */
NTSTATUS pin_connection_state_get(PIRP irp, PKSIDENTIFIER request, PVOID data);
NTSTATUS pin_connection_state_set(PIRP irp, PKSIDENTIFIER request, PVOID data);
NTSTATUS pin_connection_framing_get(PIRP irp, PKSIDENTIFIER request,
                                    PVOID data); /* ALLOCATORFRAMING */
NTSTATUS pin_connection_framing_ex_get(PIRP irp, PKSIDENTIFIER request,
                                       PVOID data); /* ALLOCATORFRAMING_EX */
NTSTATUS pin_stream_allocator_get(PIRP irp, PKSIDENTIFIER request, PVOID data);
NTSTATUS pin_stream_allocator_set(PIRP irp, PKSIDENTIFIER request, PVOID data);
NTSTATUS pin_stream_masterclock_get(PIRP irp, PKSIDENTIFIER request, PVOID data);
NTSTATUS pin_stream_masterclock_set(PIRP irp, PKSIDENTIFIER request, PVOID data);
/* Diagnostics (watch/diagnostic.h): counts and obstacles in words. */
NTSTATUS pin_diagnostic_get(PIRP irp, PKSIDENTIFIER request, PVOID data);
NTSTATUS filter_diagnostic_get(PIRP irp, PKSIDENTIFIER request, PVOID data);

/* --- called by the streaming half ---------------------------------------------------- */

/* SetDeviceState dispatch of one pin: sets ClientState before, restores it if the callback fails.
 * Takes the filter's control mutex itself. WATCH_PIN_STATE. The object half has nothing to add:
 * pin_state.c. */
NTSTATUS pin_dispatch_device_state(struct pin *pin, KSSTATE to, KSSTATE from);
/* The same for a step that cannot be refused. */
void pin_force_device_state(struct pin *pin, KSSTATE to, KSSTATE from);
/* First / next pin of a type, of a filter; control mutex held (or streaming, between STOP and
 * STOP). */
struct pin *filter_first_pin(struct filter *filter, ULONG pin_id);
struct pin *pin_next_sibling(struct pin *pin);
/* STATUS_SUCCESS if every pin type has its InstancesNecessary. control mutex held. */
NTSTATUS filter_check_necessary(struct filter *filter);
struct pin *pin_from_file(PFILE_OBJECT file); /* NULL: not one of our pins */
PDMA_ADAPTER device_adapter(struct device *device, PULONG max_mapping_bytes, PULONG mapping_stride);

#endif
