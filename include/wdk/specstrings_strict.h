/* Strict annotations: the same empty set. */
#ifndef _WEIR_SPECSTRINGS_STRICT_H_
#define _WEIR_SPECSTRINGS_STRICT_H_
#include <sal.h>
#endif /* _WEIR_SPECSTRINGS_STRICT_H_ */
