/* Would undefine the annotations again; they are harmless here and stay. */
#ifndef _WEIR_SPECSTRINGS_UNDEF_H_
#define _WEIR_SPECSTRINGS_UNDEF_H_
#include <sal.h>
#endif /* _WEIR_SPECSTRINGS_UNDEF_H_ */
