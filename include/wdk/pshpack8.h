/* Pack what follows to 8 bytes until <poppack.h>. No include guard: it is meant to be read
 * again. */
#pragma pack(push, 8)
