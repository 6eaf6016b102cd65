/* What model.c and model_allocator.c share. */
#ifndef WEIR_PROOF_MODEL_INSIDE_H
#define WEIR_PROOF_MODEL_INSIDE_H

#include "model.h"

struct place {
    unsigned filter, type;
};

extern KSPIN_DESCRIPTOR_EX model_pins[FILTERS_MAX][PIN_TYPES];

struct place model_place(PKSPIN pin);
/* Is this the time at which the minidriver refuses? */
bool model_refuses(unsigned what);
/* The pin's KSALLOCATOR_DISPATCH, or NULL: the class driver's pool. */
const KSALLOCATOR_DISPATCH *model_allocator(unsigned filter, unsigned type);

#endif
