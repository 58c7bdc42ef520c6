#include <labwatch/experiment.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

#include "diagnostics.h"
#include "experiment_internal.h"

/* ---- the object ---- */

void lw_owned_experiment_free(lw_owned_experiment *owned) {
    if (!owned)
        return;
    for (size_t i = 0; owned->spaces && i < owned->shown.n_spaces; i++)
        lw_space_free(owned->spaces[i]);
    lw_free(owned->spaces);
    lw_words_release(&owned->command);
    lw_words_release(&owned->artifacts);
    lw_words_release(&owned->sources);
    bson_destroy(owned->options);
    lw_arena_release(&owned->arena);
    lw_free(owned);
}

void lw_experiment_free(lw_experiment *experiment) {
    lw_owned_experiment_free((lw_owned_experiment *)experiment);
}

static int no_such_space(const lw_experiment *experiment, const char *name, lw_error *error) {
    const char **names = lw_calloc(experiment->n_spaces, sizeof *names);
    if (!names)
        return lw_error_no_memory(error);
    for (size_t i = 0; i < experiment->n_spaces; i++)
        names[i] = lw_space_name(experiment->spaces[i]);
    lw_shown hint = {{0}};
    lw_did_you_mean(&hint, name, names, experiment->n_spaces);
    if (!*hint.bytes)
        snprintf(hint.bytes, sizeof hint.bytes, "; its first one is '%s'", LW_SHOW(names[0]));
    lw_free(names);
    return lw_error_set(error, LW_ENOTFOUND, "experiment '%s' has no space '%s'%s", LW_SHOW(experiment->name),
                        LW_SHOW(name), hint.bytes);
}

lw_space *lw_experiment_space(const lw_experiment *experiment, const char *name, lw_error *error) {
    if (!name)
        return experiment->spaces[0];
    for (size_t i = 0; i < experiment->n_spaces; i++)
        if (strcmp(lw_space_name(experiment->spaces[i]), name) == 0)
            return experiment->spaces[i];
    no_such_space(experiment, name, error);
    return NULL;
}

double lw_experiment_cost(const lw_experiment *experiment, double result) {
    return experiment->goal == LW_MAXIMIZE ? -result : result;
}

int lw_experiment_parse(lw_experiment **out, const char *text, size_t length, const char *source,
                        lw_diagnostics *diagnostics, lw_error *error) {
    return lw_experiment_reader_parse(out, text, length, source, LW_FILE_EXPERIMENT, diagnostics, error);
}

/* ---- the file ---- */

/* Tells one problem of the file as a whole, with its own code. */
static int cannot_read(const char *path, int code, const char *why, lw_diagnostics *diagnostics, lw_error *error) {
    lw_problems problems = {.source = path};
    lw_problem(&problems, (lw_place){0}, "%s", why);
    lw_error told = {0};
    int rc = lw_problems_finish(&problems, diagnostics, &told);
    return lw_error_set(error, rc == LW_EPARSE ? code : rc, "%s", told.message);
}

static int cannot_read_errno(const char *path, lw_diagnostics *diagnostics, lw_error *error) {
    int number = errno;
    char why[256];
    snprintf(why, sizeof why, "the experiment file cannot be read: %s",
             strerrordesc_np(number) ? strerrordesc_np(number) : "unknown error");
    return cannot_read(path, number == ENOENT || number == ENOTDIR ? LW_ENOTFOUND : LW_EIO, why, diagnostics, error);
}

/* Reads what is there, at most one byte more than is allowed: the parser then says that it is too large. */
static int read_all(int fd, lw_text *text) {
    char buffer[64 * 1024];
    while (!text->failed && text->length <= LW_YAML_LARGEST_FILE) {
        ssize_t n = read(fd, buffer, sizeof buffer);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return (int)n;
        lw_text_append(text, buffer, (size_t)n);
    }
    return 0;
}

static int open_file(const char *path, int *fd, lw_diagnostics *diagnostics, lw_error *error) {
    struct stat status;
    *fd = open(path, O_RDONLY | O_CLOEXEC);
    if (*fd < 0)
        return cannot_read_errno(path, diagnostics, error);
    if (fstat(*fd, &status) == 0 && S_ISDIR(status.st_mode)) {
        close(*fd);
        return cannot_read(path, LW_EIO, "this is a directory; an experiment is a YAML file", diagnostics, error);
    }
    return LW_OK;
}

int lw_experiment_read(lw_experiment **out, const char *path, lw_diagnostics *diagnostics, lw_error *error) {
    int fd;
    int rc = open_file(path, &fd, diagnostics, error);
    if (rc != LW_OK)
        return rc;
    lw_text text = {0};
    int failed = read_all(fd, &text);
    if (failed)
        rc = cannot_read_errno(path, diagnostics, error);
    else if (text.failed)
        rc = lw_error_no_memory(error);
    else
        rc = lw_experiment_parse(out, text.bytes ? text.bytes : "", text.length, path, diagnostics, error);
    close(fd);
    lw_text_release(&text);
    return rc;
}
