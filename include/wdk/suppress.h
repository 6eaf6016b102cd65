/* Analyser suppressions: nothing to do. */
#ifndef _WEIR_SUPPRESS_H_
#define _WEIR_SUPPRESS_H_
#include <sal.h>
#endif /* _WEIR_SUPPRESS_H_ */
