/* GUIDs of kernel streaming: declared here, defined once in libksguid.
 * STATIC_X is the value (a list of eleven numbers), X the object with C linkage in any language.
 * With WEIR_KSGUID_DEFINE set (src/ksguid only) the same lines define the objects. */
#ifndef WEIR_WDK_KS_GUID_H
#define WEIR_WDK_KS_GUID_H

#include <guiddef.h>

/* The lists STATIC_X and the item macros of ks.h are flat by contract, and handlers are cast to the
 * general type: what the tables of a driver are made of is no reason for a warning. */
#pragma GCC diagnostic ignored "-Wmissing-braces"
#pragma GCC diagnostic ignored "-Wcast-function-type"

#ifndef EXTERN_C
#ifdef __cplusplus
#define EXTERN_C extern "C"
#else
#define EXTERN_C extern
#endif
#endif

#define STATICGUIDOF(guid) STATIC_##guid

#ifdef WEIR_KSGUID_DEFINE
#define WEIR_KSGUID_VALUE_(l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8)                              \
    {                                                                                              \
        l, w1, w2,                                                                                 \
        {                                                                                          \
            b1, b2, b3, b4, b5, b6, b7, b8                                                         \
        }                                                                                          \
    }
#define WEIR_KSGUID_VALUE(...) WEIR_KSGUID_VALUE_(__VA_ARGS__)
#define DEFINE_GUIDEX(name)                                                                        \
    extern const GUID name;                                                                        \
    const GUID name = WEIR_KSGUID_VALUE(STATIC_##name)
#else
#ifndef DEFINE_GUIDEX
#define DEFINE_GUIDEX(name) EXTERN_C const GUID name
#endif
#endif

/* A driver's own GUIDs. In C the object must be defined elsewhere; C++ has the value in the string,
 * and defines it (weak: many files may). The headers of ours use DEFINE_GUIDEX. */
#ifdef __cplusplus
extern "C++" {
constexpr unsigned int weir_guid_digit(char c)
{
    return (unsigned int)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
}
constexpr unsigned int weir_guid_hex(const char *s, int at, int digits)
{
    return digits == 0
               ? 0
               : weir_guid_hex(s, at, digits - 1) << 4 | weir_guid_digit(s[at + digits - 1]);
}
constexpr unsigned char weir_guid_byte(const char *s, int at)
{
    return (unsigned char)weir_guid_hex(s, at, 2);
}
constexpr GUID weir_guid(const char *s)
{
    return GUID{weir_guid_hex(s, 0, 8),
                (unsigned short)weir_guid_hex(s, 9, 4),
                (unsigned short)weir_guid_hex(s, 14, 4),
                {weir_guid_byte(s, 19), weir_guid_byte(s, 21), weir_guid_byte(s, 24),
                 weir_guid_byte(s, 26), weir_guid_byte(s, 28), weir_guid_byte(s, 30),
                 weir_guid_byte(s, 32), weir_guid_byte(s, 34)}};
}
}
#define DEFINE_GUIDSTRUCT(g, n)                                                                    \
    extern "C" {                                                                                   \
    extern const GUID n __attribute__((weak));                                                     \
    }                                                                                              \
    const GUID n = weir_guid(g)
#else
#define DEFINE_GUIDSTRUCT(g, n) DEFINE_GUIDEX(n)
#endif
#define DEFINE_GUIDNAMED(n) n

#define STATIC_GUID_NULL 0x00000000, 0x0000, 0x0000, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00
DEFINE_GUIDEX(GUID_NULL);
#define GUID_NULL DEFINE_GUIDNAMED(GUID_NULL)

#endif
