#include "opening.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <labwatch/optimizer.h>
#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

#include "new_version.h"
#include "say.h"
#include "store_url.h"

/* Far above any experiment; a file without end (/dev/zero) must not eat the memory. */
#define LARGEST_FILE ((size_t)256 << 20)

void opened_close(cli_opened *what) {
    lw_assistant_close(what->assistant);
    lw_store_close(what->store);
    *what = (cli_opened){0};
}

int open_store(cli_opened *out, const cli_arguments *given, opening how) {
    lw_error error;
    lw_store_setup setup = {.clock = lw_clock_system(),
                            .busy_timeout_s = 10,
                            .read_only = how == OPEN_TO_LOOK,
                            .must_exist = how == OPEN_TO_LOOK || how == OPEN_TO_CHANGE};
    return lw_store_open(&out->store, store_url(given), &setup, NULL, &error) == LW_OK ? EXIT_DONE : fail_with(&error);
}

static bool is_regular_or_pipe(const char *path) {
    struct stat status;
    return stat(path, &status) == 0 && !S_ISDIR(status.st_mode);
}

bool is_path(const char *word) {
    return strchr(word, '/') || strstr(word, ".yaml") || strstr(word, ".yml") || is_regular_or_pipe(word);
}

int read_whole_file(const char *path, char **bytes, size_t *length) {
    bool standard = strcmp(path, "-") == 0;
    FILE *file = standard ? stdin : fopen(path, "rb");
    if (!file)
        return fail(EXIT_WRONG, "cannot open '%s': %s", path, strerror(errno));
    const char *name = standard ? "standard input" : path;
    lw_text text = {0};
    char block[65536];
    size_t got;
    errno = 0;
    while (text.length <= LARGEST_FILE && (got = fread(block, 1, sizeof block, file)) > 0)
        lw_text_append(&text, block, got);
    int code = EXIT_DONE;
    if (ferror(file))
        code = fail(EXIT_WRONG, "cannot read %s: %s", name, strerror(errno));
    else if (text.length > LARGEST_FILE)
        code = fail(EXIT_WRONG, "%s has more than 256 MiB", name);
    if (!standard)
        fclose(file);
    *length = text.length;
    *bytes = code == EXIT_DONE ? need(lw_text_take(&text)) : NULL;
    lw_text_release(&text);
    return code;
}

/* What is wrong is said by the diagnostics, or where there are none (no memory, no such file), by the error. */
static int tell_reading(int code, lw_diagnostics *problems, const lw_error *error, bool warnings) {
    say_diagnostics(problems, warnings || code != LW_OK);
    if (code != LW_OK && problems->n == 0)
        fail_with(error);
    lw_diagnostics_release(problems);
    if (code == LW_OK)
        return EXIT_DONE;
    return code == LW_ENOMEM ? EXIT_FAILED : EXIT_WRONG;
}

static int parse_standard_input(lw_experiment **out, bool warnings) {
    char *bytes;
    size_t length;
    lw_error error;
    lw_diagnostics problems = {0};
    int code = read_whole_file("-", &bytes, &length);
    if (code != EXIT_DONE)
        return code;
    code = lw_experiment_parse(out, bytes, length, "standard input", &problems, &error);
    lw_free(bytes);
    return tell_reading(code, &problems, &error, warnings);
}

int read_experiment(lw_experiment **out, const char *path, bool warnings) {
    lw_error error;
    lw_diagnostics problems = {0};
    if (strcmp(path, "-") == 0)
        return parse_standard_input(out, warnings);
    int code = lw_experiment_read(out, path, &problems, &error);
    return tell_reading(code, &problems, &error, warnings);
}

int check_optimizer(const lw_experiment *experiment) {
    lw_error error;
    lw_text message = {0};
    int code = lw_optimizer_check(experiment->optimizer, experiment->optimizer_options, NULL, &error);
    if (code == LW_OK || code == LW_ENOMEM)
        return code == LW_OK ? EXIT_DONE : fail_with(&error);
    lw_text_format(&message, "%s:", experiment->source);
    if (experiment->optimizer_line)
        lw_text_format(&message, "%zu:%zu:", experiment->optimizer_line, experiment->optimizer_column);
    lw_text_format(&message, " %s", error.message);
    lw_diagnostic problem = {.message = need(lw_text_take(&message))};
    say_diagnostics(&(lw_diagnostics){.items = &problem, .n = 1}, true);
    lw_free(problem.message);
    return EXIT_WRONG;
}

static int open_named(cli_opened *out, const cli_arguments *given, const char *name, opening how,
                      const lw_assistant_setup *setup) {
    int code = open_store(out, given, how == OPEN_TO_LOOK ? OPEN_TO_LOOK : OPEN_TO_CHANGE);
    lw_error error;
    if (code == EXIT_NOT_FOUND && (how == OPEN_OR_MAKE || how == OPEN_TO_WORK))
        say("nor is there a file '%s': an experiment begins with one, such as '%s.yaml'", name, name);
    if (code == EXIT_DONE && lw_assistant_open_stored(&out->assistant, out->store, name, setup, &error) != LW_OK)
        code = fail_with(&error);
    return code;
}

static int open_from_file(cli_opened *out, const cli_arguments *given, const char *path, opening how,
                          const lw_assistant_setup *setup) {
    lw_experiment *experiment = NULL;
    int code = read_experiment(&experiment, path, how == OPEN_TO_WORK);
    if (code == EXIT_DONE && how != OPEN_TO_LOOK)
        code = check_optimizer(experiment);
    if (code == EXIT_DONE)
        code = open_store(out, given, how);
    lw_error error;
    if (code == EXIT_DONE && lw_assistant_open(&out->assistant, out->store, experiment, setup, &error) != LW_OK)
        code = fail_with(&error);
    if (code == EXIT_DONE && how != OPEN_TO_LOOK)
        tell_new_versions(out->assistant);
    if (code == EXIT_NOT_FOUND && how != OPEN_TO_LOOK)
        code = EXIT_WRONG; /* what is not found is something that the file names, such as an optimizer */
    lw_experiment_free(experiment);
    return code;
}

int open_experiment(cli_opened *out, const cli_arguments *given, const char *word, opening how, int64_t runs) {
    lw_assistant_setup setup = {
        .new_version = option_given(given, "new-version"), .read_only = how == OPEN_TO_LOOK, .runs = runs};
    int code =
        is_path(word) ? open_from_file(out, given, word, how, &setup) : open_named(out, given, word, how, &setup);
    if (code != EXIT_DONE)
        opened_close(out);
    return code;
}

int read_run_id(const char *word, int64_t *id) {
    if (lw_int64_from_text(word, strlen(word), id) && *id > 0)
        return EXIT_DONE;
    return fail(EXIT_WRONG, "'%s' is no run: a run is a whole number from 1, such as 'labwatch ls' shows", word);
}

/* A run says which experiment it is of. */
int open_experiment_of(cli_opened *out, const cli_arguments *given, int64_t id, opening how) {
    lw_error error;
    lw_run run;
    if (lw_store_run_get(out->store, id, &run, &error) != LW_OK)
        return fail_with(&error);
    const char *wanted = option_text(given, "experiment");
    lw_assistant_setup setup = {.read_only = how == OPEN_TO_LOOK};
    int code = EXIT_DONE;
    if (wanted && (!run.experiment || strcmp(wanted, run.experiment) != 0))
        code = fail(EXIT_NOT_FOUND, "run %lld is of the experiment '%s', not of '%s'", (long long)id,
                    run.experiment ? run.experiment : "", wanted);
    else if (run.status == LW_STATUS_REMOVED)
        code = fail(EXIT_NOT_FOUND, "run %lld was removed", (long long)id);
    else if (lw_assistant_open_stored(&out->assistant, out->store, run.experiment ? run.experiment : "", &setup,
                                      &error) != LW_OK)
        code = fail_with(&error);
    lw_run_release(&run);
    return code;
}

int open_run(cli_opened *out, const cli_arguments *given, const char *word, opening how, int64_t *id) {
    int code = read_run_id(word, id);
    if (code == EXIT_DONE)
        code = open_store(out, given, how);
    if (code == EXIT_DONE)
        code = open_experiment_of(out, given, *id, how);
    if (code != EXIT_DONE)
        opened_close(out);
    return code;
}

lw_space *chosen_space(const lw_experiment *experiment, const cli_arguments *given, int *code) {
    lw_error error;
    lw_space *space = lw_experiment_space(experiment, option_text(given, "space"), &error);
    *code = space ? EXIT_DONE : EXIT_WRONG;
    if (!space)
        fail_with(&error);
    return space;
}
