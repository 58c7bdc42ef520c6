/* The files of runs: configurations and results in the private folder, and checkpoints. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <labwatch/document.h>
#include <labwatch/sys/memory.h>

#include "runner_internal.h"
#include "state_folder.h"
#include "write_all.h"

/** The attempt is part of the name, so that what an earlier attempt left behind cannot write into the result of this
 * one. */
static char *path_of(const lw_runner *runner, const lw_assignment *run, const char *what) {
    lw_text path = {0};
    lw_text_format(&path, "%s/run-%" PRId64 "-attempt-%" PRId32 ".%s", runner->folder.path, run->id, run->attempt, what);
    return lw_text_take(&path);
}

static int write_file(const char *path, const char *text) {
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0)
        return errno;
    int problem = lw_write_all(file, text, strlen(text)) && lw_write_all(file, "\n", 1) ? 0 : errno;
    if (close(file) != 0 && problem == 0)
        problem = errno;
    return problem;
}

static bool set_paths(const lw_runner *runner, lw_runner_child *child) {
    lw_free(child->config_path);
    lw_free(child->result_path);
    lw_free(child->artifacts_path);
    child->artifacts_path = path_of(runner, &child->run, "artifacts");
    child->config_path = path_of(runner, &child->run, "config.json");
    child->result_path = path_of(runner, &child->run, "result");
    return child->config_path && child->result_path && child->artifacts_path;
}

static int write_config(lw_runner *runner, lw_runner_child *child, const char *json, lw_error *error) {
    if (!runner->folder.path) {
        int rc = lw_private_folder_make(&runner->folder, error);
        if (rc != LW_OK)
            return rc;
    }
    if (!set_paths(runner, child))
        return lw_error_no_memory(error);
    int problem = write_file(child->config_path, json);
    if (problem == ENOENT) { /* somebody tidied up the temporary files */
        int rc = lw_private_folder_make(&runner->folder, error);
        if (rc != LW_OK)
            return rc;
        if (!set_paths(runner, child))
            return lw_error_no_memory(error);
        problem = write_file(child->config_path, json);
    }
    if (problem != 0)
        return lw_error_set(error, LW_EIO, "cannot write the configuration of run %" PRId64 " to '%s': %s",
                            child->run.id, child->config_path, strerror(problem));
    (void)unlink(child->result_path);
    if (mkdir(child->artifacts_path, 0700) != 0 && errno != EEXIST)
        return lw_error_set(error, LW_EIO, "cannot make the folder '%s': %s", child->artifacts_path, strerror(errno));
    return LW_OK;
}

int lw_runner_files_make(lw_runner *runner, lw_runner_child *child, lw_error *error) {
    char *json = lw_document_to_json(child->run.document, true);
    if (!json)
        return lw_error_no_memory(error);
    int rc = write_config(runner, child, json, error);
    lw_free(json);
    return rc;
}

void lw_runner_files_remove(lw_runner_child *child) {
    if (child->config_path)
        (void)unlink(child->config_path);
    if (child->result_path)
        (void)unlink(child->result_path);
    if (child->artifacts_path)
        lw_folder_remove(child->artifacts_path);
    lw_free(child->config_path);
    lw_free(child->result_path);
    lw_free(child->artifacts_path);
    lw_free(child->checkpoint);
    child->config_path = child->result_path = child->artifacts_path = child->checkpoint = NULL;
}

/* Whoever has named a folder counts on it; without the default one there are just no checkpoints. */
int lw_runner_checkpoint_make(lw_runner *runner, lw_runner_child *child, lw_error *error) {
    const lw_checkpoints *checkpoints = &runner->checkpoints;
    lw_error problem;
    if (!checkpoints->folder)
        return LW_OK;
    int rc = lw_checkpoints_take(checkpoints, child->run.id, child->run.attempt, &child->checkpoint, &problem);
    if (rc != LW_EIO || checkpoints->was_named) {
        if (rc != LW_OK && error)
            *error = problem;
        return rc;
    }
    if (!runner->told_no_checkpoints)
        lw_runner_warn(runner, "commands get no LABWATCH_CHECKPOINT: %s", problem.message);
    runner->told_no_checkpoints = true;
    return LW_OK;
}

void lw_runner_checkpoint_remove(lw_runner *runner, const lw_runner_child *child) {
    if (child->checkpoint)
        lw_checkpoints_remove(&runner->checkpoints, child->run.id, child->run.attempt);
}
