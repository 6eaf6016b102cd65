/* One table of numbers, made by whatever headers the compiler was given.
 *
 * Compiled twice with the same list (-DLAYOUT_LIST="base.def" -DLAYOUT_HEADERS="...") : once for
 * Win64 against a second, independent set of headers, once natively against include/wdk. Nothing is
 * run and nothing linked: each line of the list becomes one record in the data section "layout", a
 * text and eight bytes, that compare.sh reads back from the object. Record: "L=" kind name "\0",
 * then "V=" and the value as 16 hexadecimal digits made by constant arithmetic. */
#include LAYOUT_HEADERS

#define LAYOUT_DIGIT(v, n)                                                                         \
    (char)((((unsigned long long)(v) >> (4 * (n))) & 15) < 10                                      \
               ? '0' + (((unsigned long long)(v) >> (4 * (n))) & 15)                               \
               : 'a' - 10 + (((unsigned long long)(v) >> (4 * (n))) & 15))
#define LAYOUT_HEX(v)                                                                              \
    LAYOUT_DIGIT(v, 15), LAYOUT_DIGIT(v, 14), LAYOUT_DIGIT(v, 13), LAYOUT_DIGIT(v, 12),            \
        LAYOUT_DIGIT(v, 11), LAYOUT_DIGIT(v, 10), LAYOUT_DIGIT(v, 9), LAYOUT_DIGIT(v, 8),          \
        LAYOUT_DIGIT(v, 7), LAYOUT_DIGIT(v, 6), LAYOUT_DIGIT(v, 5), LAYOUT_DIGIT(v, 4),            \
        LAYOUT_DIGIT(v, 3), LAYOUT_DIGIT(v, 2), LAYOUT_DIGIT(v, 1), LAYOUT_DIGIT(v, 0)

struct layout_record {
    char name[128];
    char mark[2];
    char value[16];
    char end;
};

#define LAYOUT_RECORD(text, v) {"L=" text, {'V', '='}, {LAYOUT_HEX(v)}, 0},
#define LAYOUT_SIZE(type)      LAYOUT_RECORD("size:" #type, sizeof(type))
#define LAYOUT_FIELD(type, field)                                                                  \
    LAYOUT_RECORD("field:" #type "." #field, __builtin_offsetof(type, field))
/* Constants are compared as 32 bits: a status is a negative LONG here and there. */
#define LAYOUT_VALUE(constant) LAYOUT_RECORD("value:" #constant, (unsigned int)(constant))
/* The eleven numbers of STATIC_name, as two values. */
#define LAYOUT_GUID(name)               LAYOUT_GUID_EXPANDED(#name, STATIC_##name)
#define LAYOUT_GUID_EXPANDED(text, ...) LAYOUT_GUID_HALVES(text, __VA_ARGS__)
#define LAYOUT_BYTE(b, n)               ((unsigned long long)(unsigned char)(b) << (8 * (n)))
#define LAYOUT_GUID_HALVES(text, l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8)                        \
    LAYOUT_RECORD("guid1:" text, ((unsigned long long)(unsigned int)(l) << 32) |                   \
                                     ((unsigned long long)(unsigned short)(w1) << 16) |            \
                                     (unsigned short)(w2))                                         \
    LAYOUT_RECORD("guid2:" text, LAYOUT_BYTE(b1, 7) | LAYOUT_BYTE(b2, 6) | LAYOUT_BYTE(b3, 5) |    \
                                     LAYOUT_BYTE(b4, 4) | LAYOUT_BYTE(b5, 3) |                     \
                                     LAYOUT_BYTE(b6, 2) | LAYOUT_BYTE(b7, 1) | LAYOUT_BYTE(b8, 0))

const struct layout_record layout_table[] = {
#include LAYOUT_LIST
};
