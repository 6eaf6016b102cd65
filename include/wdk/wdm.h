/* The driver model's interface, in parts that build on one another. A minidriver includes this,
 * <ntddk.h> or <ks.h>. */
#ifndef _WDMDDK_
#define _WDMDDK_
#define _WDM_INCLUDED_
#define _NTOS_

#include <ntdef.h>
#include <ntstatus.h>

#include <wdm/types.h>
#include <wdm/crt.h>
#include <wdm/interlocked.h>
#include <wdm/dbg.h>
#include <wdm/ke.h>
#include <wdm/ex.h>
#include <wdm/mm.h>
#include <wdm/res.h>
#include <wdm/ioconst.h>
#include <wdm/io.h>
#include <wdm/iofn.h>
#include <wdm/ob.h>
#include <wdm/rtl.h>
#include <bugcodes.h>

#endif /* _WDMDDK_ */
