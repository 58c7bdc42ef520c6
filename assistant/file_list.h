/**
 * Files by patterns and folders: which there are, and what they are called.
 */
#ifndef LABWATCH_FILE_LIST_H
#define LABWATCH_FILE_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include <labwatch/error.h>

/** More than a run can sensibly have: what goes wrong in a program must not fill a store. */
#define LW_MOST_FILES ((size_t)1000)

typedef struct lw_listed_file {
    char *path;
    const char *name; /**< in path: without the folder that was listed, and without ./ at its beginning */
} lw_listed_file;

/** Zero-initialise it. */
typedef struct lw_file_list {
    lw_listed_file *items;
    size_t n, capacity;
    bool too_many; /**< there are more than LW_MOST_FILES */
} lw_file_list;

void lw_file_list_release(lw_file_list *list);

/**
 * Adds the files that a pattern of the shell's kind (* ? [ ] \) names, by name, and those in folders that it names.
 * Links to files are followed, links to folders in folders are not. *found: how many. LW_ENOMEM.
 */
int lw_file_list_add_pattern(lw_file_list *list, const char *pattern, size_t *found, lw_error *error);
/** Adds the files in a folder and those below it, by their paths from there. A folder that is not there is empty. */
int lw_file_list_add_folder(lw_file_list *list, const char *folder, lw_error *error);

#endif
