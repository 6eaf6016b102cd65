/* End what <pshpackN.h> began. No include guard: it is meant to be read again. */
#pragma pack(pop)
