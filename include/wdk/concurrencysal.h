/* Lock annotations are part of the one list in <sal.h>. */
#ifndef _WEIR_CONCURRENCYSAL_H_
#define _WEIR_CONCURRENCYSAL_H_
#include <sal.h>
#endif /* _WEIR_CONCURRENCYSAL_H_ */
