/* The private folder with configurations and result files. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <labwatch/document.h>
#include <labwatch/sys/memory.h>

#include "runner_internal.h"

static int make_folder(lw_runner *runner, lw_error *error) {
    const char *parent = getenv("TMPDIR");
    lw_text path = {0};
    lw_text_format(&path, "%s/labwatch-XXXXXX", parent && parent[0] == '/' ? parent : "/tmp");
    char *folder = lw_text_take(&path);
    if (!folder)
        return lw_error_no_memory(error);
    if (!mkdtemp(folder)) {
        int rc =
            lw_error_set(error, LW_EIO,
                         "cannot make a folder for the configurations of runs, '%s': %s; TMPDIR may name another place",
                         folder, strerror(errno));
        lw_free(folder);
        return rc;
    }
    lw_free(runner->folder);
    runner->folder = folder;
    return LW_OK;
}

/** The attempt is part of the name, so that what an earlier attempt left behind cannot write into the result of this
 * one. */
static char *path_of(const lw_runner *runner, const lw_assignment *run, const char *what) {
    lw_text path = {0};
    lw_text_format(&path, "%s/run-%" PRId64 "-attempt-%" PRId32 ".%s", runner->folder, run->id, run->attempt, what);
    return lw_text_take(&path);
}

static bool write_all(int file, const char *bytes, size_t length) {
    while (length > 0) {
        ssize_t written = write(file, bytes, length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return false;
        bytes += written;
        length -= (size_t)written;
    }
    return true;
}

static int write_file(const char *path, const char *text) {
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0)
        return errno;
    int problem = write_all(file, text, strlen(text)) && write_all(file, "\n", 1) ? 0 : errno;
    if (close(file) != 0 && problem == 0)
        problem = errno;
    return problem;
}

static bool set_paths(const lw_runner *runner, lw_runner_child *child) {
    lw_free(child->config_path);
    lw_free(child->result_path);
    child->config_path = path_of(runner, &child->run, "config.json");
    child->result_path = path_of(runner, &child->run, "result");
    return child->config_path && child->result_path;
}

static int write_config(lw_runner *runner, lw_runner_child *child, const char *json, lw_error *error) {
    if (!runner->folder) {
        int rc = make_folder(runner, error);
        if (rc != LW_OK)
            return rc;
    }
    if (!set_paths(runner, child))
        return lw_error_no_memory(error);
    int problem = write_file(child->config_path, json);
    if (problem == ENOENT) { /* somebody tidied up the temporary files */
        int rc = make_folder(runner, error);
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
    lw_free(child->config_path);
    lw_free(child->result_path);
    child->config_path = child->result_path = NULL;
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *place) {
    (void)status, (void)kind, (void)place;
    (void)remove(path);
    return 0;
}

void lw_runner_folder_remove(lw_runner *runner) {
    enum { OPEN_FOLDERS = 8 };
    if (!runner->folder)
        return;
    if (rmdir(runner->folder) != 0) /* programs left files of their own beside their results */
        (void)nftw(runner->folder, remove_entry, OPEN_FOLDERS, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
    lw_free(runner->folder);
    runner->folder = NULL;
}
