#include "checkpoint.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <labwatch/sys/digest.h>
#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

#include "catch_up.h"
#include "state_folder.h"

static const char run_prefix[] = "run-", attempt_prefix[] = "attempt-";

/* ---- where they are ---- */

static int find_root(char **out, const char *root, lw_error *error) {
    struct stat status;
    if (!root)
        return lw_state_folder_path(out, "checkpoints", "LABWATCH_CHECKPOINTS", error);
    char *whole = realpath(root, NULL);
    if (!whole || stat(whole, &status) != 0 || !S_ISDIR(status.st_mode)) {
        free(whole);
        return lw_error_set(error, LW_EINVAL,
                            "there is no folder '%s' for checkpoints: LABWATCH_CHECKPOINTS or the experiment's "
                            "'checkpoints' must name one that is there",
                            root);
    }
    *out = lw_strdup(whole);
    free(whole);
    return *out ? LW_OK : lw_error_no_memory(error);
}

/* What a folder's name may have in it anywhere. */
static void add_readable(lw_text *out, const char *name) {
    enum { LONGEST = 40 };
    for (size_t i = 0; name[i] && i < LONGEST; i++) {
        bool plain = (name[i] >= 'a' && name[i] <= 'z') || (name[i] >= 'A' && name[i] <= 'Z') ||
                     (name[i] >= '0' && name[i] <= '9') || name[i] == '-' || name[i] == '_';
        lw_text_append(out, plain ? &name[i] : "_", 1);
    }
}

static char *folder_of(const char *root, const lw_checkpoint_owner *owner) {
    enum { DIGITS = 16 };
    lw_digest digest;
    char hex[LW_DIGEST_HEX_SIZE];
    lw_text path = {0};
    lw_digest_start(&digest);
    lw_digest_add_text(&digest, owner->identity, strlen(owner->identity));
    lw_digest_add_text(&digest, owner->experiment, strlen(owner->experiment));
    lw_digest_add_u64(&digest, (uint64_t)owner->created_ms);
    lw_digest_finish_hex(&digest, hex);
    lw_text_format(&path, "%s/", root);
    add_readable(&path, owner->experiment);
    lw_text_format(&path, "-%.*s", DIGITS, hex);
    return lw_text_take(&path);
}

int lw_checkpoints_open(lw_checkpoints *out, const char *root, const lw_checkpoint_owner *owner, lw_error *error) {
    char *found = NULL;
    *out = (lw_checkpoints){.was_named = root != NULL};
    int rc = find_root(&found, root, error);
    if (rc == LW_EIO)
        return LW_OK;
    if (rc != LW_OK)
        return rc;
    out->folder = folder_of(found, owner);
    lw_free(found);
    return out->folder ? LW_OK : lw_error_no_memory(error);
}

void lw_checkpoints_release(lw_checkpoints *checkpoints) {
    lw_free(checkpoints->folder);
    *checkpoints = (lw_checkpoints){0};
}

static char *path_of_run(const lw_checkpoints *self, int64_t run) {
    lw_text path = {0};
    lw_text_format(&path, "%s/%s%" PRId64, self->folder, run_prefix, run);
    return lw_text_take(&path);
}

static char *path_of_attempt(const char *of_run, int64_t attempt) {
    lw_text path = {0};
    lw_text_format(&path, "%s/%s%" PRId64, of_run, attempt_prefix, attempt);
    return lw_text_take(&path);
}

/* ---- numbered entries ---- */

static int64_t number_of(const char *name, const char *prefix) {
    size_t length = strlen(prefix);
    int64_t number;
    if (strncmp(name, prefix, length) != 0 || name[length] < '1' || name[length] > '9' ||
        !lw_int64_from_text(name + length, strlen(name + length), &number))
        return 0;
    return number;
}

/* Adds the numbers, from 1, of the entries with that prefix. False when out of memory. */
static bool list_numbers(const char *folder, const char *prefix, lw_id_list *out) {
    enum { MOST = 1000000 };
    DIR *listing = opendir(folder);
    bool added = true;
    if (!listing)
        return true;
    for (const struct dirent *entry; added && out->n < MOST && (entry = readdir(listing));) {
        int64_t number = number_of(entry->d_name, prefix);
        if (number > 0)
            added = lw_id_list_add(out, number);
    }
    (void)closedir(listing);
    return added;
}

/* The highest number of an attempt below that one; 0: none. */
static int64_t latest_before(const char *of_run, int32_t attempt) {
    lw_id_list attempts = {0};
    int64_t latest = 0;
    (void)list_numbers(of_run, attempt_prefix, &attempts);
    for (size_t i = 0; i < attempts.n; i++)
        if (attempts.ids[i] < attempt && attempts.ids[i] > latest)
            latest = attempts.ids[i];
    lw_id_list_release(&attempts);
    return latest;
}

/* ---- taking ---- */

static bool take_over(const char *of_run, int32_t attempt, const char *path) {
    int64_t latest = attempt > 1 ? latest_before(of_run, attempt) : 0;
    char *earlier = latest > 0 ? path_of_attempt(of_run, latest) : NULL;
    bool renamed = earlier && rename(earlier, path) == 0;
    lw_free(earlier);
    return renamed;
}

/* Somebody who tidies up may remove a folder that is empty still, between two steps. */
static bool take_or_make(const lw_checkpoints *self, const char *of_run, int32_t attempt, const char *path) {
    enum { TRIES = 10 };
    const mode_t mode = self->was_named ? 0777 : 0700; /* where several users share it, their umask decides */
    for (int i = 0; i < TRIES; i++) {
        if (mkdir(of_run, mode) != 0 && errno == ENOENT && !lw_folders_make(self->folder, mode))
            return false;
        if (take_over(of_run, attempt, path) || mkdir(path, mode) == 0 || errno == EEXIST)
            return true;
        if (errno != ENOENT)
            return false;
    }
    return false;
}

int lw_checkpoints_take(const lw_checkpoints *self, int64_t run, int32_t attempt, char **path, lw_error *error) {
    char *of_run = path_of_run(self, run);
    *path = of_run ? path_of_attempt(of_run, attempt) : NULL;
    int rc = *path ? LW_OK : lw_error_no_memory(error);
    if (rc == LW_OK && !take_or_make(self, of_run, attempt, *path)) {
        rc = lw_error_set(error, LW_EIO, "cannot make the folder for checkpoints '%s': %s", *path, strerror(errno));
        lw_free(*path);
        *path = NULL;
    }
    lw_free(of_run);
    return rc;
}

/* ---- removing ---- */

void lw_checkpoints_remove(const lw_checkpoints *self, int64_t run, int32_t attempt) {
    lw_id_list attempts = {0};
    char *of_run = path_of_run(self, run);
    if (!of_run)
        return;
    (void)list_numbers(of_run, attempt_prefix, &attempts);
    for (size_t i = 0; i < attempts.n; i++) {
        char *path = attempts.ids[i] <= attempt ? path_of_attempt(of_run, attempts.ids[i]) : NULL;
        if (path)
            lw_folder_remove(path);
        lw_free(path);
    }
    (void)rmdir(of_run);
    (void)rmdir(self->folder);
    lw_id_list_release(&attempts);
    lw_free(of_run);
}

static int compare_ids(const void *a, const void *b) {
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

/* Foreign runs whose id is a text come last, without a number: they have no checkpoints, and would spoil the order. */
static int note_open(void *arg, const lw_run_row *row) {
    return row->id <= 0 || lw_id_list_add(arg, row->id) ? LW_OK : LW_ENOMEM;
}

/* The latest attempt of each run, as it is now. False when out of memory. */
static bool list_latest(const lw_checkpoints *self, const lw_id_list *runs, lw_id_list *out) {
    bool added = true;
    for (size_t i = 0; i < runs->n && added; i++) {
        char *of_run = path_of_run(self, runs->ids[i]);
        added = of_run && lw_id_list_add(out, latest_before(of_run, INT32_MAX));
        lw_free(of_run);
    }
    return added;
}

static bool is_among(const lw_id_list *list, int64_t id) {
    return list->n > 0 && bsearch(&id, list->ids, list->n, sizeof *list->ids, compare_ids);
}

/*
 * A run whose folder is there before the open runs are asked for is among them, unless it has its outcome. Somebody may
 * try it again meanwhile: what a later attempt has got stays.
 */
void lw_checkpoints_tidy(const lw_checkpoints *self, lw_store *store, const char *experiment) {
    lw_id_list runs = {0}, latest = {0}, open = {0};
    bool listed = list_numbers(self->folder, run_prefix, &runs) && list_latest(self, &runs, &latest);
    if (listed && runs.n > 0) {
        const lw_run_query query = {.experiment = experiment, .open_only = true};
        listed = lw_store_row_each(store, &query, note_open, &open, NULL) == LW_OK;
        for (size_t i = 0; listed && i < runs.n; i++)
            if (!is_among(&open, runs.ids[i]))
                lw_checkpoints_remove(self, runs.ids[i], (int32_t)latest.ids[i]);
    }
    lw_id_list_release(&runs);
    lw_id_list_release(&latest);
    lw_id_list_release(&open);
}
