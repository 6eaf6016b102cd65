/* Pin types of a filter: the descriptors that its pins can be made of, and who was made of
 * which. */
#ifndef WEIR_KS_PIN_TYPE_H
#define WEIR_KS_PIN_TYPE_H

#include "filter.h"
#include "pin.h"

NTSTATUS pin_types_create(struct filter *filter);
void pin_types_free(struct filter *filter);
/* Control mutex held. Insert refuses beyond InstancesPossible. */
NTSTATUS pin_type_insert(struct pin *pin);
void pin_type_remove(struct pin *pin);

#endif
