/* Old name of the annotation header. */
#ifndef _WEIR_SPECSTRINGS_H_
#define _WEIR_SPECSTRINGS_H_
#include <sal.h>
#endif /* _WEIR_SPECSTRINGS_H_ */
