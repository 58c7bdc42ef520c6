#include "file_list.h"

#include <dirent.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

void lw_file_list_release(lw_file_list *list) {
    for (size_t i = 0; i < list->n; i++)
        lw_free(list->items[i].path);
    lw_free(list->items);
    *list = (lw_file_list){0};
}

/* name_at is where in path the name begins. */
static int add(lw_file_list *list, const char *path, size_t name_at, lw_error *error) {
    if (list->n == LW_MOST_FILES) {
        list->too_many = true;
        return LW_OK;
    }
    char *copy = lw_strdup(path);
    if (!copy || !lw_array_reserve(&list->items, &list->capacity, list->n, sizeof *list->items)) {
        lw_free(copy);
        return lw_error_no_memory(error);
    }
    list->items[list->n++] = (lw_listed_file){copy, copy + name_at};
    return LW_OK;
}

/* ---- folders ---- */

static int is_no_dots(const struct dirent *entry) {
    return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static int add_tree(lw_file_list *list, const char *folder, size_t name_at, int depth, lw_error *error);

static int add_entry(lw_file_list *list, const char *path, size_t name_at, int depth, lw_error *error) {
    struct stat status;
    if (lstat(path, &status) == 0 && S_ISDIR(status.st_mode))
        return add_tree(list, path, name_at, depth + 1, error);
    bool is_file = stat(path, &status) == 0 && S_ISREG(status.st_mode);
    return is_file ? add(list, path, name_at, error) : LW_OK;
}

static int add_tree(lw_file_list *list, const char *folder, size_t name_at, int depth, lw_error *error) {
    enum { DEEPEST = 32 };
    struct dirent **entries;
    int n = depth < DEEPEST && !list->too_many ? scandir(folder, &entries, is_no_dots, alphasort) : 0;
    int code = LW_OK;
    for (int i = 0; i < n; i++) {
        lw_text path = {0};
        lw_text_format(&path, "%s/%s", folder, entries[i]->d_name);
        if (code == LW_OK)
            code = path.failed ? lw_error_no_memory(error) : add_entry(list, path.bytes, name_at, depth, error);
        lw_text_release(&path);
        free(entries[i]);
    }
    if (n > 0)
        free(entries);
    return code;
}

int lw_file_list_add_folder(lw_file_list *list, const char *folder, lw_error *error) {
    return add_tree(list, folder, strlen(folder) + 1, 0, error);
}

/* ---- patterns ---- */

static size_t name_in(const char *path) {
    size_t at = 0;
    while (path[at] == '.' && path[at + 1] == '/')
        for (at++; path[at] == '/'; at++)
            ;
    return at;
}

/* A folder that is named itself may well be a link. */
static int add_match(lw_file_list *list, const char *path, lw_error *error) {
    struct stat status;
    if (stat(path, &status) != 0)
        return LW_OK;
    if (S_ISDIR(status.st_mode))
        return add_tree(list, path, name_in(path), 0, error);
    return S_ISREG(status.st_mode) ? add(list, path, name_in(path), error) : LW_OK;
}

int lw_file_list_add_pattern(lw_file_list *list, const char *pattern, size_t *found, lw_error *error) {
    glob_t matches;
    size_t before = list->n;
    int code = glob(pattern, 0, NULL, &matches);
    *found = 0;
    if (code == GLOB_NOSPACE)
        return lw_error_no_memory(error);
    if (code != 0)
        return LW_OK;
    code = LW_OK;
    for (size_t i = 0; i < matches.gl_pathc && code == LW_OK; i++)
        code = add_match(list, matches.gl_pathv[i], error);
    globfree(&matches);
    *found = list->n - before;
    return code;
}
