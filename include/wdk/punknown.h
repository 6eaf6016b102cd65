/* The port class library's name for unknown.h. */
#ifndef WEIR_WDK_PUNKNOWN_H
#define WEIR_WDK_PUNKNOWN_H
#include <unknown.h>
#endif
