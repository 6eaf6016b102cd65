/* Pack what follows to 2 bytes until <poppack.h>. No include guard: it is meant to be read
 * again. */
#pragma pack(push, 2)
