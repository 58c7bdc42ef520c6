/**
 * The version of the headers and of the library.
 */
#ifndef LABWATCH_VERSION_H
#define LABWATCH_VERSION_H

#include <labwatch/export.h>

#define LW_VERSION_MAJOR 0
#define LW_VERSION_MINOR 1
#define LW_VERSION_PATCH 0
#define LW_VERSION "0.1.0"

LW_BEGIN_DECLS

/** Version of the library that is linked, such as "0.1.0". Static. */
LW_EXPORT const char *lw_version(void);
/** Version, and the kind of CPU that results of floating-point libraries depend on, such as "0.1.0 x86_64 avx512": what replays are compared under. Static. */
LW_EXPORT const char *lw_build(void);

LW_END_DECLS

#endif
