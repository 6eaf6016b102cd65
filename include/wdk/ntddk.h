/* The older name of the driver interface: everything of <wdm.h>. */
#ifndef _NTDDK_
#define _NTDDK_
#include <wdm.h>
#endif /* _NTDDK_ */
