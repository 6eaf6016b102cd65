/* The file-system kit's name: everything of <ntddk.h>, and the Nt and Zw entry points that
 * <wdm/ob.h> declares. */
#ifndef _NTIFS_
#define _NTIFS_
#include <ntddk.h>
#endif /* _NTIFS_ */
