/* KSPROPSETID_Pin: what a filter tells of its pin types. */
#ifndef WEIR_KS_PIN_PROPERTY_H
#define WEIR_KS_PIN_PROPERTY_H

#include "object.h"

/* Handlers (PFNKSHANDLER) of the filter's class table. */
NTSTATUS NTAPI pin_property_general(PIRP irp, PKSIDENTIFIER request, PVOID data);
NTSTATUS NTAPI pin_property_instances(PIRP irp, PKSIDENTIFIER request, PVOID data);
NTSTATUS NTAPI pin_property_intersection(PIRP irp, PKSIDENTIFIER request, PVOID data);

NTSTATUS pin_intersect(PIRP irp, PKSP_PIN request, PVOID data, const KSPIN_DESCRIPTOR *descriptor,
                       PFNKSINTERSECTHANDLEREX handler, PVOID context);
/* A value of any size: no buffer asks for the size, a short one is refused. */
NTSTATUS property_answer(PIRP irp, PVOID to, const void *from, ULONG bytes);
/* A GUID as text, zero at its end; STATUS_NOT_FOUND a NULL. */
NTSTATUS property_answer_guid_text(PIRP irp, PVOID to, const GUID *guid);
/* Handlers of the Topology set, in topology.c. */
NTSTATUS NTAPI topology_property(PIRP irp, PKSIDENTIFIER request, PVOID data);

#endif
