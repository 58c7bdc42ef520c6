/* What is kept with a run beside its result: the sources it was made with, and the files that it leaves. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner_internal.h"

/* ---- sources ---- */

int lw_runner_find_sources(lw_runner *runner, lw_error *error) {
    const char *const *patterns = runner->experiment->sources;
    int rc = LW_OK;
    for (size_t i = 0; patterns && patterns[i] && rc == LW_OK; i++) {
        size_t found;
        rc = lw_file_list_add_pattern(&runner->sources, patterns[i], &found, error);
        if (rc == LW_OK && found == 0)
            rc = lw_error_set(error, LW_EINVAL, "sources: there is no file '%s' here", patterns[i]);
    }
    if (rc == LW_OK && runner->sources.too_many)
        rc = lw_error_set(error, LW_EINVAL, "sources: these are more than %zu files", LW_MOST_FILES);
    return rc;
}

/* ---- keeping ---- */

/** *away: the store is, and will not take the next one either. Other children must not be taken for died meanwhile. */
static bool keep(lw_runner *runner, const lw_runner_child *child, lw_file_kind kind, const lw_listed_file *file,
                 bool *away) {
    lw_error error;
    lw_runner_beat(runner);
    int rc = lw_assistant_attach(runner->assistant, child->run.id, kind, file->path, file->name, &error);
    *away = rc == LW_EUNAVAILABLE;
    if (rc != LW_OK)
        lw_runner_warn(runner, "run %" PRId64 ": the %s '%s' is not kept: %s", child->run.id,
                       kind == LW_FILE_SOURCE ? "source" : "file", file->name, error.message);
    return rc == LW_OK;
}

/** Whether all of them are kept. */
static bool keep_all(lw_runner *runner, const lw_runner_child *child, lw_file_kind kind, const lw_file_list *files) {
    bool all = true, away = false;
    for (size_t i = 0; i < files->n && !child->lost && !away; i++)
        all &= keep(runner, child, kind, &files->items[i], &away);
    if (files->too_many)
        lw_runner_warn(runner, "run %" PRId64 " left more than %zu files: only the first of them are kept",
                       child->run.id, LW_MOST_FILES);
    return all && !away && !files->too_many;
}

void lw_runner_keep_sources(lw_runner *runner, const lw_runner_child *child) {
    (void)keep_all(runner, child, LW_FILE_SOURCE, &runner->sources);
}

/* ---- artifacts ---- */

static int find_by_patterns(lw_runner *runner, const lw_runner_child *child, bool completed, lw_file_list *files,
                            lw_error *error) {
    lw_words patterns = {0};
    int rc = lw_runner_fill_patterns(runner, child, runner->experiment->artifacts, &patterns, error);
    for (size_t i = 0; i < patterns.count && rc == LW_OK; i++) {
        size_t found;
        rc = lw_file_list_add_pattern(files, patterns.items[i], &found, error);
        if (rc == LW_OK && found == 0 && completed && !runner->told_no_file)
            lw_runner_warn(runner, "run %" PRId64 " left no file '%s'; of others this is not said again", child->run.id,
                           patterns.items[i]);
        runner->told_no_file |= found == 0 && completed;
    }
    lw_words_release(&patterns);
    return rc;
}

/** What could not be kept is left for its user, under a name that nobody tidies up. */
static void leave_folder(lw_runner *runner, const lw_runner_child *child) {
    lw_text path = {0};
    lw_text_format(&path, "%s-run-%" PRId64 "-XXXXXX", runner->folder.path, child->run.id);
    char *slash = path.failed ? NULL : strrchr(path.bytes, '/');
    bool left = slash && mkdtemp(path.bytes) && rename(child->artifacts_path, path.bytes) == 0;
    if (left)
        lw_runner_warn(runner,
                       "what run %" PRId64 " left for LABWATCH_ARTIFACTS stays in '%s': 'labwatch artifact' keeps it",
                       child->run.id, path.bytes);
    else
        lw_runner_warn(runner, "what run %" PRId64 " left for LABWATCH_ARTIFACTS is lost", child->run.id);
    lw_text_release(&path);
}

void lw_runner_keep_artifacts(lw_runner *runner, const lw_runner_child *child, bool completed) {
    lw_file_list in_folder = {0}, by_patterns = {0};
    lw_error error;
    int rc = lw_file_list_add_folder(&in_folder, child->artifacts_path, &error);
    if (rc == LW_OK && runner->experiment->artifacts)
        rc = find_by_patterns(runner, child, completed, &by_patterns, &error);
    if (rc != LW_OK)
        lw_runner_warn(runner, "run %" PRId64 ": not all of its files are kept: %s", child->run.id, error.message);
    if (in_folder.n > 0 && !keep_all(runner, child, LW_FILE_ARTIFACT, &in_folder))
        leave_folder(runner, child);
    (void)keep_all(runner, child, LW_FILE_ARTIFACT, &by_patterns);
    lw_file_list_release(&in_folder);
    lw_file_list_release(&by_patterns);
}
