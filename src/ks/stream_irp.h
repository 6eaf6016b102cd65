/* Stream IRP: a client's IOCTL_KS_READ_STREAM or IOCTL_KS_WRITE_STREAM, one frame for each header.
 *
 * Lock: the pin's irps_lock for its list of them. The IRP is completed by whoever comes last: the
 * delivery of its last frame, or its cancel routine.
 * Invariant: left == frames not yet delivered + 1 while the frames are being inserted. */
#ifndef WEIR_KS_STREAM_IRP_H
#define WEIR_KS_STREAM_IRP_H

#include "frame.h"
#include "pin.h"

/* Where a client's frames go when the last queue is done with them. */
extern struct transport stream_irp_transport;

/* Probe, check and queue the IRP. STATUS_PENDING: it is on its way; else nothing was kept and the
 * caller completes. */
NTSTATUS stream_irp_start(struct pin *pin, PIRP irp);
/* Learn the size of a header with its extension that this pin expects (pin->header_bytes): at
 * ACQUIRE, and again (control mutex held) after a format change. */
void stream_header_learn(struct pin *pin);
void stream_header_learn_locked(struct pin *pin);
/* probe.c: how many bytes of headers, and where the client put them. */
PVOID stream_irp_headers(PIRP irp, PULONG bytes);
/* Of an IRP whose sender, in the kernel, made SystemBuffer itself: its headers, which
 * KsProbeStreamIrp takes as they are; and, once it has been probed, that each has its memory. */
NTSTATUS stream_irp_check_headers(PIRP irp, ULONG probe_flags);
NTSTATUS stream_irp_check_data(PIRP irp);

#endif
