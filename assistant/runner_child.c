/* From an assignment to a child: the command's words, its environment, its files. */
#include <inttypes.h>
#include <string.h>

#include <labwatch/sys/memory.h>

#include "leftovers.h"
#include "runner_internal.h"

/* Placeholders. A parameter goes before what the runner fills in by itself. */

typedef struct filling {
    const lw_runner *runner;
    const lw_runner_child *child; /* NULL: only to see whether the names are known */
    const lw_config *config;
} filling;

static bool is_name(const char *name, size_t length, const char *other) {
    return strlen(other) == length && memcmp(name, other, length) == 0;
}

static bool add_built_in(const filling *fill, const char *name, size_t length, lw_text *out) {
    static const char *const names[] = {"run", "seed", "slot", "config", "result", "experiment", "artifacts",
                                        "checkpoint"};
    const lw_runner_child *child = fill->child;
    size_t i = 0;
    while (i < sizeof names / sizeof *names && !is_name(name, length, names[i]))
        i++;
    if (i == sizeof names / sizeof *names)
        return false;
    if (!child)
        return true;
    const char *const texts[] = {child->config_path, child->result_path, fill->runner->experiment->name, child->artifacts_path,
                                 child->checkpoint ? child->checkpoint : ""};
    switch (i) {
    case 0:
        lw_text_format(out, "%" PRId64, child->run.id);
        break;
    case 1:
        lw_text_format(out, "%" PRIu64, child->run.seed);
        break;
    case 2:
        lw_text_format(out, "%d", child->slot);
        break;
    default:
        lw_text_add(out, texts[i - 3]);
    }
    return true;
}

static int add_value(void *arg, const char *name, size_t length, lw_text *out, lw_error *error) {
    const filling *fill = arg;
    char *copy = lw_strndup(name, length);
    if (!copy)
        return lw_error_no_memory(error);
    int rc = lw_config_spell(fill->config, copy, out, error);
    lw_free(copy);
    return rc == LW_ENOTFOUND && add_built_in(fill, name, length, out) ? LW_OK : rc;
}

/** A value with * in it is no pattern. */
static int add_literally(void *arg, const char *name, size_t length, lw_text *out, lw_error *error) {
    lw_text value = {0};
    int rc = add_value(arg, name, length, &value, error);
    for (size_t i = 0; i < value.length && rc == LW_OK; i++) {
        if (strchr("*?[]\\", value.bytes[i]))
            lw_text_add(out, "\\");
        lw_text_append(out, value.bytes + i, 1);
    }
    if (rc == LW_OK && value.failed)
        rc = lw_error_no_memory(error);
    lw_text_release(&value);
    return rc;
}

int lw_runner_fill_patterns(const lw_runner *runner, const lw_runner_child *child, const char *const *patterns,
                            lw_words *out, lw_error *error) {
    filling fill = {.runner = runner, .child = child, .config = child->run.config};
    lw_words words = {.items = (char **)(uintptr_t)patterns};
    while (patterns[words.count])
        words.count++;
    return lw_words_fill(out, &words, add_literally, &fill, error);
}

int lw_runner_check_command(const lw_runner *runner, const char *space_name, lw_error *error) {
    const lw_space *space = lw_experiment_space(runner->experiment, space_name, error);
    if (!space)
        return LW_ENOTFOUND;
    filling fill = {.runner = runner};
    lw_config *config = NULL;
    int rc = lw_config_new(&config, space, error);
    if (rc != LW_OK)
        return rc;
    lw_words words = {0};
    fill.config = config;
    rc = lw_words_fill(&words, &runner->command, add_value, &fill, error);
    lw_words_release(&words);
    lw_config_free(config);
    if (rc == LW_ENOTFOUND || rc == LW_EPARSE) {
        lw_error_prefix(error, "command");
        if (error)
            error->code = LW_EINVAL;
        rc = LW_EINVAL;
    }
    return rc;
}

/* The environment. */

enum { MOST_VARIABLES = 10 };

/** What is added to the child's environment. */
typedef struct variable_list {
    char *items[MOST_VARIABLES + 1]; /* NULL-terminated */
    size_t n;
    bool failed; /* memory was gone */
} variable_list;

static void add_variable(variable_list *to, const char *name, const char *value) {
    lw_text text = {0};
    lw_text_format(&text, "%s=", name);
    lw_text_add(&text, value);
    to->items[to->n] = lw_text_take(&text);
    if (to->items[to->n])
        to->n++;
    else
        to->failed = true;
}

static void add_number(variable_list *to, const char *name, uint64_t value) {
    char text[24];
    (void)snprintf(text, sizeof text, "%" PRIu64, value);
    add_variable(to, name, text);
}

static void release_environment(variable_list *variables) {
    for (size_t i = 0; i < variables->n; i++)
        lw_free(variables->items[i]);
}

static int make_environment(const lw_runner *runner, const lw_runner_child *child, variable_list *out,
                            lw_error *error) {
    char token[LW_TOKEN_TEXT_SIZE];
    lw_token_to_text(&child->run.token, token);
    add_number(out, "LABWATCH_RUN", (uint64_t)child->run.id);
    add_variable(out, "LABWATCH_EXPERIMENT", runner->experiment->name);
    add_number(out, "LABWATCH_SEED", child->run.seed);
    add_number(out, "LABWATCH_SLOT", (uint64_t)child->slot);
    add_variable(out, "LABWATCH_CONFIG", child->config_path);
    add_variable(out, "LABWATCH_RESULT", child->result_path);
    add_variable(out, "LABWATCH_ARTIFACTS", child->artifacts_path);
    add_variable(out, LW_ATTEMPT_VARIABLE, token);
    if (runner->setup->store_url)
        add_variable(out, "LABWATCH_STORE", runner->setup->store_url);
    if (child->checkpoint)
        add_variable(out, "LABWATCH_CHECKPOINT", child->checkpoint);
    return out->failed ? lw_error_no_memory(error) : LW_OK;
}

/* Starting. */

static int spawn(lw_runner *runner, lw_runner_child *child, const lw_words *words, lw_error *error) {
    const double GRACE_S = 10;
    variable_list variables = {0};
    int rc = make_environment(runner, child, &variables, error);
    if (rc == LW_OK) {
        const lw_process_spec spec = {.words = (const char *const *)words->items,
                                      .environment = (const char *const *)variables.items,
                                      .timeout_s = runner->experiment->timeout_s,
                                      .grace_s = runner->setup->grace_s > 0 ? runner->setup->grace_s : GRACE_S,
                                      .memory_limit_bytes = runner->experiment->memory_bytes,
                                      .user = child};
        rc = lw_process_start(runner->set, &spec, &child->process, error);
    }
    release_environment(&variables);
    return rc;
}

static lw_runner_child *lowest_free_slot(lw_runner *runner) {
    int slot = 0;
    while (runner->children[slot].used)
        slot++;
    return &runner->children[slot];
}

static void occupy(lw_runner *runner, lw_runner_child *child, lw_assignment *run) {
    double now_s = lw_clock_monotonic_s(runner->clock);
    *child = (lw_runner_child){.slot = child->slot, .used = true, .run = *run};
    *run = (lw_assignment){0};
    child->next_beat_s = now_s + child->run.lease_s / 4;
    runner->running++;
}

void lw_runner_clear(lw_runner *runner, lw_runner_child *child) {
    lw_runner_files_remove(child);
    lw_assignment_release(&child->run);
    child->used = false;
    runner->running--;
}

/** The configuration itself cannot be put into the command: a failure of this run, and of no other. */
static void record_unfit(lw_runner *runner, lw_runner_child *child, lw_error *error) {
    lw_error_prefix(error, "the command cannot be made for this configuration");
    lw_result result = lw_result_of_failure(LW_FAILURE_CRASH, error->message);
    result.token = &child->run.token;
    lw_runner_record(runner, child, &result);
}

/** The run is as good as ever: somebody else, or this runner later, may execute it. */
static void give_up_start(lw_runner *runner, lw_runner_child *child, int rc, const lw_error *error) {
    const double LONGEST_S = 5;
    if (lw_runner_give_back(runner, &child->run))
        runner->summary->requeued++;
    if (rc == LW_EUNAVAILABLE && !runner->only_one) {
        if (runner->lull != LW_LULL_AWAY)
            lw_runner_warn(runner, "run %" PRId64 " goes back to the queue for the moment: %s", child->run.id,
                           error->message);
        lw_runner_begin_lull(runner, LW_LULL_AWAY, LONGEST_S);
    } else {
        lw_runner_fail(runner, error);
    }
}

void lw_runner_start(lw_runner *runner, lw_assignment *run) {
    lw_runner_child *child = lowest_free_slot(runner);
    lw_error error;
    lw_words words = {0};
    occupy(runner, child, run);
    int rc = lw_runner_files_make(runner, child, &error);
    if (rc == LW_OK)
        rc = lw_runner_checkpoint_make(runner, child, &error);
    bool unfit = false;
    if (rc == LW_OK) {
        filling fill = {.runner = runner, .child = child, .config = child->run.config};
        rc = lw_words_fill(&words, &runner->command, add_value, &fill, &error);
        if (rc == LW_OK && words.items[0][0] == '\0')
            rc = lw_error_set(&error, LW_EINVAL, "the name of the program is empty");
        unfit = rc != LW_OK && rc != LW_ENOMEM;
    }
    if (rc == LW_OK)
        rc = spawn(runner, child, &words, &error);
    lw_words_release(&words);
    if (rc == LW_OK) {
        lw_runner_tell_started(runner, &child->run);
        lw_runner_keep_sources(runner, child);
        return;
    }
    if (unfit)
        record_unfit(runner, child, &error);
    else
        give_up_start(runner, child, rc, &error);
    lw_runner_clear(runner, child);
}
