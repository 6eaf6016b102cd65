/* The COM face of an AVStream object: IUnknown, IKsControl for filters and pins, and what the
 * minidriver aggregates. */
#ifndef WEIR_KS_UNKNOWN_H
#define WEIR_KS_UNKNOWN_H

#include "object.h"

/* The object goes: lets go of the aggregated client. */
void unknown_free(struct object *object);

#endif
