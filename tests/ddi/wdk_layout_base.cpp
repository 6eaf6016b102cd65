/* Layout facts of the base headers; the list is shared by the C and the C++ half, which only have
 * to compile. */
#include <ntifs.h>
#include <windef.h>
#include <ntstrsafe.h>
#include <ntintsafe.h>
#include <acpitabl.h>

#include "wdk_layout_base.inc"
