/* The name of a create request below a filter or pin: "{GUID}\" and a structure, in binary, as
 * counted text. */
#ifndef WEIR_KS_REQUEST_NAME_H
#define WEIR_KS_REQUEST_NAME_H

#include "object.h"

/* The structure behind the GUID, copied to the IRP's system buffer (aligned, freed with the IRP).
 * STATUS_INVALID_PARAMETER: shorter than `minimum`. PASSIVE_LEVEL. */
NTSTATUS request_name_parameter(PIRP irp, ULONG minimum, PVOID *parameter, PULONG bytes);

#endif
