/* Pack what follows to 1 byte until <poppack.h>. No include guard: it is meant to be read again. */
#pragma pack(push, 1)
