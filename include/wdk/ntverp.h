/* Version numbers for resource scripts; drivers include it from .rc files and now and then from
 * C. */
#ifndef _NTVERP_H_
#define _NTVERP_H_
#define VER_PRODUCTBUILD        22000
#define VER_PRODUCTMAJORVERSION 10
#define VER_PRODUCTMINORVERSION 0
#endif /* _NTVERP_H_ */
