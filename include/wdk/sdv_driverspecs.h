/* Verifier annotations: nothing to do. */
#ifndef _WEIR_SDV_DRIVERSPECS_H_
#define _WEIR_SDV_DRIVERSPECS_H_
#include <sal.h>
#endif /* _WEIR_SDV_DRIVERSPECS_H_ */
