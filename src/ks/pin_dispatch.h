/* Pin: dispatch routines, and the decoding of connect requests that they share. */
#ifndef WEIR_KS_PIN_DISPATCH_H
#define WEIR_KS_PIN_DISPATCH_H

#include "pin.h"

/* A connect request, decoded: every pointer lies in the IRP's own copy, every size was checked. */
struct connect_request {
    PKSPIN_CONNECT connect;
    PKSDATAFORMAT format;
    PKSMULTIPLE_ITEM attributes; /* NULL: none */
};

NTSTATUS connect_decode(PIRP irp, struct connect_request *request);
NTSTATUS connect_validate(const struct connect_request *request,
                          const KSPIN_DESCRIPTOR *descriptor);
/* For KSPIN_CONNECT.PinToHandle; a referenced file, NULL for no handle. */
NTSTATUS connect_peer_file(PIRP irp, const KSPIN_CONNECT *connect, PFILE_OBJECT *file);
/* AVStream neighbours learn of each other. No ks mutex held.
 * STATUS_SUCCESS: linked, or the peer is no AVStream pin; else the connect fails. */
NTSTATUS pin_link(struct pin *source);
void pin_unlink(struct pin *pin);
NTSTATUS pin_handshake_ioctl(struct pin *pin, PIRP irp);

NTSTATUS pin_dispatch_create(PDEVICE_OBJECT device_object, PIRP irp);
void pin_create_completed(struct pin *pin, PIRP irp);
void pin_close_completed(struct pin *pin, PIRP irp);
void pin_cleanup(struct pin *pin);

/* format.c: formats against ranges. */
bool format_matches_range(const KSDATAFORMAT *format, const KSDATARANGE *range);
bool attributes_match(const KSDATAFORMAT *format, const KSMULTIPLE_ITEM *list,
                      const KSDATARANGE *range, const KSATTRIBUTE_LIST *allowed);
NTSTATUS attributes_check(const KSMULTIPLE_ITEM *list, ULONG bytes);
/* The range at *index and its attribute list; moves *index on. NULL at the end. */
const KSDATARANGE *range_next(const KSPIN_DESCRIPTOR *descriptor, ULONG *index,
                              const KSATTRIBUTE_LIST **attributes);
NTSTATUS format_decode(PKSDATAFORMAT format, ULONG bytes, PKSMULTIPLE_ITEM *attributes);
/* Offer a format to the pin's SetDataFormat, range by range; control mutex held. On failure the old
 * one stays. */
NTSTATUS pin_set_format(struct pin *pin, const KSDATAFORMAT *format,
                        const KSMULTIPLE_ITEM *attributes, bool first);

#endif
