/**
 * The spool's folder and the files in it.
 */
#ifndef LW_SPOOL_FOLDER_H
#define LW_SPOOL_FOLDER_H

#include <labwatch/error.h>
#include <labwatch/sys/text.h>

/** folder, or the default one if it is NULL or empty: $LABWATCH_SPOOL, or labwatch/spool in the XDG state folder. Yours
 * to lw_free. */
int lw_spool_folder_path(char **out, const char *folder, lw_error *error);

/** The largest file that is read, in bytes. */
#define LW_SPOOL_LARGEST ((size_t)64 << 20)

/** Writes a new file with that text and a newline, durably, making the folder where it is missing. LW_EIO. */
int lw_spool_folder_add(const char *folder, int64_t run_id, const char *text, lw_error *error);

/** Names, 0-terminated. Zero-initialise it. */
typedef struct lw_spool_names {
    char **items;
    size_t n, capacity;
} lw_spool_names;
void lw_spool_names_release(lw_spool_names *names);

/** The names of complete results, sorted; none if there is no such folder. */
int lw_spool_folder_list(const char *folder, lw_spool_names *out, lw_error *error);

/** An open file of the folder. */
typedef struct lw_spool_file {
    int file; /**< -1: not open */
    char *path;
} lw_spool_file;

/** Opens and reads a file. LW_ENOTFOUND: it has gone meanwhile. LW_EPARSE: it is no regular file, or too large. LW_EIO.
 * *out is to be closed on success only. */
int lw_spool_file_open(lw_spool_file *out, const char *folder, const char *name, lw_text *text, lw_error *error);
/** Locks it for this process. False if another one has it. */
bool lw_spool_file_claim(const lw_spool_file *file);
/** Whether somebody removed it since it was opened. */
bool lw_spool_file_is_gone(const lw_spool_file *file);
void lw_spool_file_remove(const lw_spool_file *file);
void lw_spool_file_close(lw_spool_file *file);

/** Gives the file the ending .bad. False if it has gone meanwhile. */
bool lw_spool_folder_set_aside(const char *folder, const char *name);

#endif
