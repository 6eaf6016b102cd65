/* Given to `weir build --include`: makes `const TrapsLevel = 3;` a declaration. */
#ifdef __cplusplus
#define TrapsLevel int TrapsLevel
#endif
