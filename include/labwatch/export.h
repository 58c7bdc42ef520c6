/**
 * Marks what liblabwatch shows to its callers; everything else is hidden.
 */
#ifndef LABWATCH_EXPORT_H
#define LABWATCH_EXPORT_H

#define LW_EXPORT __attribute__((visibility("default")))

#ifdef __cplusplus
#define LW_BEGIN_DECLS extern "C" {
#define LW_END_DECLS }
#else
#define LW_BEGIN_DECLS
#define LW_END_DECLS
#endif

/** printf-style argument checks. */
#define LW_PRINTF(format_index, first) __attribute__((format(printf, format_index, first)))

#endif
