/* Include this once, before the headers whose GUIDs this source file is to define. It may come
 * after some of them: the macro is remade here and the headers that were read before stay
 * declarations. */
#ifndef INITGUID
#define INITGUID
#endif
#include <guiddef.h>
