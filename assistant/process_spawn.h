/**
 * Starting one child: what happens between fork and exec, and how a failed exec is told.
 */
#ifndef LW_PROCESS_SPAWN_H
#define LW_PROCESS_SPAWN_H

#include <sys/types.h>

#include <labwatch/error.h>

/** A child that began, or (id 0) why it did not. */
typedef struct lw_spawned {
    pid_t id;        /**< also of its session and group; 0 if its exec failed, and it is gone already */
    /** the end of its standard output to read from, non-blocking; yours to close; -1 if it never began */
    int output;
    int errors;      /**< and of its standard error */
    int errno_value; /**< of the failed exec; else 0 */
    char reason[256]; /**< of the failed exec, a sentence */
} lw_spawned;

/** words, environment and directory as in lw_process_spec; errors as lw_process_start. */
int lw_spawn(lw_spawned *out, const char *const *words, const char *const *environment, const char *directory,
             lw_error *error);

#endif
