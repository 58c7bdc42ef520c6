#include "spool.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <labwatch/sys/memory.h>

#include "spool_entry.h"
#include "spool_folder.h"

static int name_of(char **out, const char *store_url, lw_error *error) {
    const char *scheme = "sqlite:";
    size_t length = strlen(scheme);
    lw_text identity = {0};
    const char *file = store_url;
    if (strncmp(store_url, scheme, length) == 0 && store_url[length] != '/') {
        char *here = getcwd(NULL, 0);
        if (!here)
            return lw_error_set(error, LW_EIO, "cannot tell which folder this is: %s", strerror(errno));
        file = store_url + length;
        while (file[0] == '.' && file[1] == '/')
            file += 2;
        lw_text_format(&identity, "%s%s/", scheme, here);
        free(here);
    }
    lw_text_add(&identity, file);
    char *url = lw_text_take(&identity);
    *out = url ? lw_store_public_url(url) : NULL;
    lw_free(url);
    return *out ? LW_OK : lw_error_no_memory(error);
}

int lw_spool_identity(char **out, const char *store_url, lw_error *error) {
    char *url = NULL;
    if (!out || !store_url)
        return lw_error_set(error, LW_EINVAL, "lw_spool_identity: out and the store's URL must be given");
    int rc = lw_store_url_from(&url, store_url, error);
    if (rc == LW_OK)
        rc = name_of(out, url, error);
    lw_free(url);
    return rc;
}

/* Putting. */

static int check_put(const char *store_url, const char *experiment, int64_t run_id, const lw_result *result,
                     lw_error *error) {
    if (!store_url || !*store_url || !experiment || !result || run_id <= 0)
        return lw_error_set(error, LW_EINVAL,
                            "lw_spool_put: the store's URL, the experiment, the run and the result must be given");
    if (result->outcome < LW_COMPLETED || result->outcome > LW_VOID)
        return lw_error_set(error, LW_EINVAL, "a run that is pending has no result to keep");
    return LW_OK;
}

/* The entry's text, if it can be read again; LW_EPARSE if not. */
static int write_readable(char **out, const char *store, const char *experiment, int64_t run_id,
                          const lw_result *result, lw_error *error) {
    lw_spool_entry entry;
    char *text = lw_spool_entry_write(store, experiment, run_id, result);
    if (!text)
        return lw_error_no_memory(error);
    size_t length = strlen(text);
    int rc = length < LW_SPOOL_LARGEST ? lw_spool_entry_read(&entry, text, length, error)
                                       : lw_error_set(error, LW_EPARSE, "it is larger than 64 MiB");
    if (rc != LW_OK) {
        lw_free(text);
        return rc;
    }
    lw_spool_entry_release(&entry);
    *out = text;
    return LW_OK;
}

/* What the spool could not read again is left out, and said so; the outcome and its number stay. */
static int write_what_can_be_read(char **out, const char *store, const char *experiment, int64_t run_id,
                                  const lw_result *result, lw_error *error) {
    lw_error problem;
    char reason[160];
    lw_result less = *result;
    int rc = write_readable(out, store, experiment, run_id, result, &problem);
    if (rc == LW_EPARSE) {
        (void)snprintf(reason, sizeof reason, "only the number of its result came through the spool: %.100s",
                       problem.message);
        reason[lw_utf8_invalid_at(reason, strlen(reason))] = 0;
        less.document = less.info = NULL;
        less.reason = result->outcome == LW_COMPLETED ? reason : result->reason;
        rc = write_readable(out, store, experiment, run_id, &less, &problem);
    }
    if (rc == LW_EPARSE) {
        less.captured_out = NULL;
        rc = write_readable(out, store, experiment, run_id, &less, &problem);
    }
    if (rc != LW_OK && error)
        *error = problem;
    return rc;
}

int lw_spool_put(const char *folder, const char *store_url, const char *experiment, int64_t run_id,
                 const lw_result *result, lw_error *error) {
    char *path = NULL, *identity = NULL, *text = NULL;
    int rc = check_put(store_url, experiment, run_id, result, error);
    if (rc == LW_OK)
        rc = lw_spool_folder_path(&path, folder, error);
    if (rc == LW_OK)
        rc = lw_spool_identity(&identity, store_url, error);
    if (rc == LW_OK)
        rc = write_what_can_be_read(&text, identity, experiment, run_id, result, error);
    if (rc == LW_OK)
        rc = lw_spool_folder_add(path, run_id, text, error);
    lw_free(path);
    lw_free(identity);
    lw_free(text);
    return rc;
}

/* Delivering. */

typedef struct delivery {
    const char *folder;
    const char *identity;
    lw_assistant *assistant;
    const lw_id_list *own; /* NULL: none */
    lw_spool_warn_fn *warn;
    void *self;
    lw_spool_report *report;
    int refused_in_a_row;
    bool store_is_away; /* the rest is only counted */
} delivery;

static void set_aside(const delivery *d, const char *name, const char *why) {
    char sentence[1400];
    if (!lw_spool_folder_set_aside(d->folder, name))
        return; /* another process was first, or it cannot be helped */
    d->report->set_aside++;
    (void)snprintf(sentence, sizeof sentence, "'%s/%s' is set aside as %s.bad: %s", d->folder, name, name, why);
    sentence[lw_utf8_invalid_at(sentence, strlen(sentence))] = 0;
    if (d->warn)
        d->warn(d->self, sentence);
}

static void leave(delivery *d, const lw_spool_entry *entry) {
    d->report->left++;
    for (size_t i = 0; d->own && i < d->own->n; i++)
        if (d->own->ids[i] == entry->run_id) {
            d->report->left_own++;
            return;
        }
}

/**
 * One damaged run must not keep those behind it waiting; but a store that takes nothing at all is not asked again for
 * each of thousands.
 */
static void postpone(delivery *d, const char *name, const lw_spool_entry *entry, const lw_error *why) {
    enum { MOST_IN_A_ROW = 10 };
    d->store_is_away = why->code == LW_EUNAVAILABLE || why->code == LW_ENOMEM || why->code == LW_EINTERRUPTED ||
                       ++d->refused_in_a_row == MOST_IN_A_ROW;
    if (d->report->why.code == LW_OK) {
        d->report->why = *why;
        lw_error_prefix(&d->report->why, "the result of run %lld stays in the spool ('%.200s')",
                        (long long)entry->run_id, name);
    }
    leave(d, entry);
}

/** Gives a result that this process has claimed to its store. */
static void hand_over(delivery *d, const char *name, const lw_spool_file *file, const lw_spool_entry *entry) {
    lw_error error;
    switch (lw_assistant_observe(d->assistant, entry->run_id, &entry->result, &error)) {
    case LW_OK:
    case LW_KNOWN:
    case LW_LATE:
        lw_spool_file_remove(file);
        d->report->delivered++;
        d->refused_in_a_row = 0;
        return;
    case LW_ECONFLICT:
    case LW_ENOTFOUND:
    case LW_EINVAL:
    case LW_EUNSUPPORTED:
        set_aside(d, name, error.message);
        return;
    default:
        postpone(d, name, entry, &error);
    }
}

static bool is_for(const delivery *d, const lw_spool_entry *entry) {
    return strcmp(entry->store, d->identity) == 0 &&
           strcmp(entry->experiment, lw_assistant_experiment(d->assistant)->name) == 0;
}

static void treat_entry(delivery *d, const char *name, const lw_spool_file *file, const lw_spool_entry *entry) {
    if (!is_for(d, entry))
        return;
    bool claimed = !d->store_is_away && lw_spool_file_claim(file);
    if (lw_spool_file_is_gone(file))
        return; /* another process has delivered it since it was opened */
    if (claimed)
        hand_over(d, name, file, entry);
    else
        leave(d, entry);
}

/** LW_EPARSE: it is no result. *file is open and *entry yours on success only. */
static int open_entry(const char *folder, const char *name, lw_spool_file *file, lw_spool_entry *entry, lw_error *error) {
    lw_text text = {0};
    int rc = lw_spool_file_open(file, folder, name, &text, error);
    if (rc == LW_OK) {
        rc = lw_spool_entry_read(entry, text.bytes ? text.bytes : "", text.length, error);
        if (rc != LW_OK)
            lw_spool_file_close(file);
    }
    lw_text_release(&text);
    return rc;
}

/** Only want of memory is an error; a file that cannot be read now may be read later. */
static int treat_file(delivery *d, const char *name, lw_error *error) {
    lw_spool_file file;
    lw_spool_entry entry;
    lw_error problem;
    int rc = open_entry(d->folder, name, &file, &entry, &problem);
    if (rc == LW_OK) {
        treat_entry(d, name, &file, &entry);
        lw_spool_entry_release(&entry);
        lw_spool_file_close(&file);
    } else if (rc == LW_EPARSE) {
        set_aside(d, name, problem.message);
    }
    return rc == LW_ENOMEM ? lw_error_no_memory(error) : LW_OK;
}

static int treat_all(delivery *d, lw_error *error) {
    lw_spool_names names;
    int rc = lw_spool_folder_list(d->folder, &names, error);
    for (size_t i = 0; rc == LW_OK && i < names.n; i++)
        rc = treat_file(d, names.items[i], error);
    lw_spool_names_release(&names);
    return rc;
}

int lw_spool_deliver_all(const char *folder, const char *store_url, lw_assistant *assistant, const lw_id_list *own,
                         lw_spool_warn_fn *warn, void *self, lw_spool_report *report, lw_error *error) {
    char *path = NULL, *identity = NULL;
    *report = (lw_spool_report){0};
    if (!store_url || !*store_url || !assistant)
        return lw_error_set(error, LW_EINVAL, "lw_spool_deliver: the store's URL and the assistant must be given");
    int rc = lw_spool_folder_path(&path, folder, error);
    if (rc == LW_OK)
        rc = lw_spool_identity(&identity, store_url, error);
    if (rc == LW_OK) {
        delivery d = {.folder = path,
                      .identity = identity,
                      .assistant = assistant,
                      .own = own,
                      .warn = warn,
                      .self = self,
                      .report = report};
        rc = treat_all(&d, error);
    }
    lw_free(path);
    lw_free(identity);
    return rc;
}

/* The public form, which has no function to warn: the error's sentence does it. */

static void keep_first(void *self, const char *sentence) {
    lw_error *error = self;
    if (error && !*error->message)
        lw_error_set(error, LW_OK, "%s", sentence);
}

int lw_spool_deliver(const char *folder, const char *store_url, lw_assistant *assistant, size_t *delivered,
                     size_t *left, lw_error *error) {
    lw_spool_report report;
    if (error)
        *error = (lw_error){0};
    int rc = lw_spool_deliver_all(folder, store_url, assistant, NULL, keep_first, error, &report, error);
    if (rc == LW_OK && report.why.code != LW_OK)
        keep_first(error, report.why.message);
    if (delivered)
        *delivered = report.delivered;
    if (left)
        *left = report.left;
    return rc;
}

/* Looking. */

static int show(const char *folder, const char *name, lw_spool_fn *visit, void *arg, lw_error *error) {
    lw_spool_file file;
    lw_spool_entry entry;
    lw_error problem;
    int rc = open_entry(folder, name, &file, &entry, &problem);
    if (rc == LW_EPARSE)
        return visit(arg, NULL, name, 0);
    if (rc != LW_OK)
        return rc == LW_ENOMEM ? lw_error_no_memory(error) : LW_OK; /* it has gone meanwhile, or cannot be read now */
    rc = visit(arg, entry.store, entry.experiment, entry.run_id);
    lw_spool_entry_release(&entry);
    lw_spool_file_close(&file);
    return rc;
}

int lw_spool_each(const char *folder, lw_spool_fn *visit, void *arg, lw_error *error) {
    char *path = NULL;
    lw_spool_names names = {0};
    if (!visit)
        return lw_error_set(error, LW_EINVAL, "lw_spool_each: visit must not be NULL");
    int rc = lw_spool_folder_path(&path, folder, error);
    if (rc == LW_OK)
        rc = lw_spool_folder_list(path, &names, error);
    for (size_t i = 0; rc == LW_OK && i < names.n; i++)
        rc = show(path, names.items[i], visit, arg, error);
    lw_spool_names_release(&names);
    lw_free(path);
    return rc;
}
