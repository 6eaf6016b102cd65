/* The one formatter: DbgPrint's and RtlStringCb/CchPrintf's rules, narrow and wide. */
#ifndef WEIR_NT_FORMAT_H
#define WEIR_NT_FORMAT_H

#include <ntifs.h>
#include <stdarg.h>

/** Format into buffer[capacity], cut to fit, terminated if capacity > 0.
 *  @return units that the whole text needs, without the terminator */
size_t format_narrow(char *buffer, size_t capacity, const char *format, va_list arguments);
size_t format_wide(WCHAR *buffer, size_t capacity, const WCHAR *format, va_list arguments);
/** The same narrow, with C's own sizes (%l is 64 bits), for our own sentences. */
size_t format_native(char *buffer, size_t capacity, const char *format, va_list arguments);

#endif
