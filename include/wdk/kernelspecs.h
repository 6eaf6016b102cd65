/* Kernel annotations are part of the one list in <sal.h>. */
#ifndef _WEIR_KERNELSPECS_H_
#define _WEIR_KERNELSPECS_H_
#include <sal.h>
#endif /* _WEIR_KERNELSPECS_H_ */
