/* Driver annotations are part of the one list in <sal.h>. */
#ifndef _WEIR_DRIVERSPECS_H_
#define _WEIR_DRIVERSPECS_H_
#include <sal.h>
#endif /* _WEIR_DRIVERSPECS_H_ */
