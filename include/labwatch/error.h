/**
 * Errors are values.
 *
 * A function that can fail returns an int: LW_OK, a negative code that says what went wrong, or
 * (where its comment says so) a positive outcome that is no error, such as LW_EXHAUSTED. Its last
 * argument is a caller-owned lw_error, which may be NULL, and which then holds the code and one
 * sentence: what is wrong, where, and what would be right. The library never prints, exits or
 * aborts, and a call that fails leaves its arguments as they were: outputs are not touched (where a comment does not say
 * otherwise) and need not be released. The lw_error is written for every code but LW_OK; each thread has its own.
 *
 *     lw_error error;
 *     if (lw_experiment_read(&experiment, "svm.yaml", NULL, &error) != LW_OK)
 *         fprintf(stderr, "%s\n", error.message);
 */
#ifndef LABWATCH_ERROR_H
#define LABWATCH_ERROR_H

#include <stdarg.h>
#include <stddef.h>

#include <labwatch/export.h>

LW_BEGIN_DECLS

/** Every code once: name, number, what it means in general. Bindings make their exceptions from it. */
#define LW_CODE_LIST(ENTRY)                                                                        \
    ENTRY(LW_OK, 0, "done")                                                                        \
    ENTRY(LW_EXHAUSTED, 1, "the space has no configuration left to suggest")                       \
    ENTRY(LW_BUDGET_REACHED, 2, "the experiment's budget is used")                                 \
    ENTRY(LW_PAUSED, 3, "the experiment is paused")                                                \
    ENTRY(LW_KNOWN, 4, "the same was there already")                                               \
    ENTRY(LW_LATE, 5, "another attempt's result stands; this one is kept beside it")               \
    ENTRY(LW_EINVAL, -1, "an argument is not valid")                                               \
    ENTRY(LW_ENOMEM, -2, "out of memory")                                                          \
    ENTRY(LW_EPARSE, -3, "a file or text is wrong")                                                \
    ENTRY(LW_ENOTFOUND, -4, "no such experiment, run, file or type")                               \
    ENTRY(LW_ECONFLICT, -5, "someone else was first, or a result is there already")                \
    ENTRY(LW_EUNAVAILABLE, -6, "the store is away, locked or full; trying again may help")         \
    ENTRY(LW_ESTORE, -7, "the store is damaged, or cannot be used as it is")                       \
    ENTRY(LW_EIO, -8, "reading or writing failed")                                                 \
    ENTRY(LW_EUNSATISFIABLE, -9, "no configuration satisfies the constraints")                     \
    ENTRY(LW_EUNSUPPORTED, -10, "this cannot be expressed or done here")                           \
    ENTRY(LW_ENUMERIC, -11, "a computation failed numerically")                                    \
    ENTRY(LW_EINTERRUPTED, -12, "stopped by the caller")

#define LW_CODE_ENUM(name, number, text) name = number,
typedef enum lw_code { LW_CODE_LIST(LW_CODE_ENUM) } lw_code;
#undef LW_CODE_ENUM

/** Owned by the caller, needs neither initialising nor freeing. */
typedef struct lw_error {
    int code;           /**< an lw_code */
    char message[1024]; /**< UTF-8, one or more sentences without a final newline; cut at a whole character */
} lw_error;

/** The general meaning of a code, "unknown code" for others. Static text. */
LW_EXPORT const char *lw_code_text(int code);

/** The code's name, such as "LW_ENOTFOUND"; NULL for an unknown code. Static text. */
LW_EXPORT const char *lw_code_name(int code);

/**
 * Fills *error (which may be NULL) and returns code, so that a failing function can end with
 * `return lw_error_set(error, LW_EINVAL, "…", …);`.
 */
LW_EXPORT int lw_error_set(lw_error *error, int code, const char *format, ...) LW_PRINTF(3, 4);

/** Puts text (printf-style) and ": " before the message that is there. Returns error->code; error may be NULL (then LW_OK). */
LW_EXPORT int lw_error_prefix(lw_error *error, const char *format, ...) LW_PRINTF(2, 3);

/** Sets LW_ENOMEM with a fixed sentence. */
LW_EXPORT int lw_error_no_memory(lw_error *error);

LW_END_DECLS

#endif
