/* Automation: property, method and event tables of an object; requests find their item here.
 * Invariant: the table of an object is its descriptor's merged over the class driver's own. */
#ifndef WEIR_KS_AUTOMATION_H
#define WEIR_KS_AUTOMATION_H

#include "object.h"

struct filter;

extern const KSAUTOMATION_TABLE filter_class_automation;
extern const KSAUTOMATION_TABLE pin_class_automation;

/* Merge the descriptor's table over the class's into the object's bag. */
NTSTATUS automation_install(struct object *object, const KSAUTOMATION_TABLE *descriptor,
                            const KSAUTOMATION_TABLE *class_table);
/* IOCTL_KS_PROPERTY, _METHOD, _ENABLE_EVENT, _DISABLE_EVENT on a filter or pin; returns the status,
 * the caller completes unless it is STATUS_PENDING. */
NTSTATUS automation_ioctl(struct object *object, struct filter *filter, PIRP irp);

/* Buffers of a request with METHOD_NEITHER: copied once, checked once. The copy lies in
 * AssociatedIrp.SystemBuffer, data first, and is freed (and copied back) when the IRP completes. */
struct request {
    PKSIDENTIFIER identifier;
    ULONG identifier_bytes;
    PVOID data; /* NULL when data_bytes is 0 */
    ULONG data_bytes;
};
/* After request_peek, or where the IRP was captured before: the input holds a KSIDENTIFIER. */
NTSTATUS request_capture(PIRP irp, PFNKSALLOCATOR allocator, bool data_goes_in, bool data_comes_out,
                         struct request *request);
/* The end of every property, method and event handler; returns the status. An error has no
 * information; where more bytes are told than the buffer has (a size, with STATUS_BUFFER_OVERFLOW),
 * nothing is copied back. */
NTSTATUS request_answered(PIRP irp, NTSTATUS status);
/* The flags of the identifier before anything is captured. */
NTSTATUS request_peek(PIRP irp, KSIDENTIFIER *identifier);
ULONG request_node_id(PIRP irp); /* the input is as long as a KSP_NODE; MAXULONG: unreadable */

#endif
