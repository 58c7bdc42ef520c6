/* Experiments: opening them, what they are, how they stand. */
#include "core.h"

#include <math.h>
#include <string.h>

#include <labwatch/sys/memory.h>

#include "experiment_text.h"
#include "json.h"

int core_open(lw_assistant **out, lw_store *store, const core_opening *opening, char **warnings, lw_error *error) {
    *warnings = NULL;
    lw_assistant_setup setup = {.new_version = opening->new_version,
                                .read_only = opening->read_only,
                                .runs = opening->runs,
                                .optimizers = opening->optimizers};
    if (!opening->text)
        return lw_assistant_open_stored(out, store, opening->name, &setup, error);
    lw_experiment *experiment = NULL;
    int rc = core_parse(&experiment, opening, warnings, error);
    if (rc == LW_OK)
        rc = lw_assistant_open(out, store, experiment, &setup, error);
    lw_experiment_free(experiment);
    return rc;
}

static void add_spaces(lw_text *out, const lw_assistant *assistant) {
    const lw_experiment *experiment = lw_assistant_experiment(assistant);
    json_add_key(out, "spaces");
    for (size_t i = 0; i < experiment->n_spaces; i++) {
        const char *name = lw_space_name(experiment->spaces[i]);
        lw_text_add(out, i ? ", [" : "[[");
        json_add_string(out, name);
        lw_text_format(out, ", %d]", (int)lw_assistant_space_version(assistant, name));
    }
    lw_text_add(out, "]");
}

/* Sacred keeps a run's seed among its parameters; to the user it is none, unless a space has something of that name. */
static bool has_own_seed(const lw_experiment *experiment) {
    for (size_t i = 0; i < experiment->n_spaces; i++)
        if (lw_space_find(experiment->spaces[i], "seed") >= 0 ||
            bson_has_field(lw_space_constants(experiment->spaces[i]), "seed"))
            return true;
    return false;
}

/* Whether a suggestion may take long: with a model, or in Python. */
static bool is_slow(const lw_experiment *experiment) {
    const lw_optimizer_type *type = lw_optimizer_type_by_name(experiment->optimizer, NULL, NULL);
    return !type || type->reads == LW_READS_HISTORY;
}

char *core_experiment(const lw_assistant *assistant, lw_error *error) {
    const lw_experiment *experiment = lw_assistant_experiment(assistant);
    lw_text out = {0};
    lw_text_add(&out, "{\"name\": ");
    json_add_string(&out, experiment->name);
    json_add_key_string(&out, "text", experiment->text);
    json_add_key_string(&out, "goal", experiment->goal == LW_MAXIMIZE ? "maximize" : "minimize");
    json_add_key_string(&out, "objective", experiment->has_objective ? experiment->objective : NULL);
    json_add_key_string(&out, "optimizer", experiment->optimizer ? experiment->optimizer : lw_optimizer_default());
    json_add_key_document(&out, "optimizer_options", experiment->optimizer_options);
    json_add_key_integer(&out, "runs", experiment->runs);
    json_add_key_number(&out, "timeout", experiment->timeout_s > 0 ? experiment->timeout_s : (double)NAN);
    json_add_key_number(&out, "max_time", experiment->max_time_s > 0 ? experiment->max_time_s : (double)NAN);
    json_add_key_integer(&out, "memory", (int64_t)experiment->memory_bytes);
    json_add_key_number(&out, "lease", experiment->lease_s);
    json_add_key_number(&out, "target", experiment->target);
    json_add_key_integer(&out, "repeats", experiment->repeats);
    json_add_key(&out, "seed");
    lw_text_format(&out, "%llu", (unsigned long long)lw_assistant_seed(assistant));
    json_add_key_bool(&out, "has_own_seed", has_own_seed(experiment));
    json_add_key_bool(&out, "is_slow", is_slow(experiment));
    add_spaces(&out, assistant);
    lw_text_add(&out, "}");
    return json_finish(&out, error);
}

char *core_standing(lw_assistant *assistant, lw_error *error) {
    lw_standing standing;
    if (lw_assistant_standing(assistant, &standing, error) != LW_OK)
        return NULL;
    lw_text out = {0};
    lw_text_format(&out, "{\"budget\": %lld", (long long)standing.budget);
    json_add_key_integer(&out, "used", standing.counts.budget_used);
    json_add_key_integer(&out, "own", standing.counts.own);
    json_add_key_integer(&out, "all", standing.counts.all);
    json_add_key_integer(&out, "finished", standing.finished);
    json_add_key_integer(&out, "open", standing.open);
    json_add_key_bool(&out, "paused", standing.paused);
    json_add_key_bool(&out, "target_reached", standing.target_reached);
    json_add_key_integer(&out, "best_id", standing.best_id);
    json_add_key_number(&out, "best_result", standing.best_result);
    json_add_key(&out, "by_status");
    for (int status = 0; status <= LW_STATUS_OTHER; status++)
        lw_text_format(&out, "%s\"%s\": %lld", status ? ", " : "{",
                       status == LW_STATUS_OTHER ? "OTHER" : lw_status_name((lw_status)status),
                       (long long)standing.counts.by_status[status]);
    lw_text_add(&out, "}}");
    return json_finish(&out, error);
}

char *core_model(lw_assistant *assistant, const char *space, lw_error *error) {
    bson_t model;
    if (lw_assistant_describe_model(assistant, space, &model, error) != LW_OK)
        return NULL;
    return json_take_document(&model, error);
}

char *core_replay(lw_assistant *assistant, int64_t id, lw_error *error) {
    static const char *const verdicts[] = {"same", "different", "not comparable"};
    lw_replay replay;
    lw_text out = {0};
    if (lw_assistant_replay(assistant, id, &replay, error) != LW_OK)
        return NULL;
    lw_text_format(&out, "{\"verdict\": \"%s\"", verdicts[replay.verdict]);
    json_add_key_document(&out, "recorded", replay.recorded);
    json_add_key_document(&out, "again", replay.again);
    json_add_key_string(&out, "reason", replay.reason);
    lw_text_add(&out, "}");
    lw_replay_release(&replay);
    return json_finish(&out, error);
}

static int write_name(void *arg, const lw_experiment_record *record) {
    lw_text *out = arg;
    json_begin_item(out);
    json_add_string(out, record->name);
    return LW_OK;
}

char *core_experiments(lw_store *store, lw_error *error) {
    lw_text out = {0};
    lw_text_add(&out, "[");
    return json_close(&out, lw_store_experiment_each(store, write_name, &out, error), "]", error);
}

/* ---- optimizers ---- */

static void add_option(lw_text *out, const lw_option_spec *option) {
    static const char *const kinds[] = {"bool", "int", "float", "choice"};
    lw_text_add(out, "{\"name\": ");
    json_add_string(out, option->name);
    json_add_key_string(out, "kind", kinds[option->kind]);
    json_add_key(out, "default");
    if (option->kind == LW_OPTION_CHOICE)
        json_add_string(out, option->choices[(size_t)option->default_number]);
    else if (option->kind == LW_OPTION_BOOL)
        lw_text_add(out, option->default_number != 0 ? "true" : "false");
    else
        lw_text_format(out, "%.17g", option->default_number);
    json_add_key_string(out, "help", option->help);
    lw_text_add(out, "}");
}

static void add_optimizer(lw_text *out, const lw_optimizer_type *type) {
    json_begin_item(out);
    lw_text_add(out, "{\"name\": ");
    json_add_string(out, type->name);
    json_add_key_string(out, "summary", type->summary);
    json_add_key_string(out, "source", type->source);
    json_add_key(out, "options");
    lw_text_add(out, "[");
    for (const lw_option_spec *option = type->options; option && option->name; option++) {
        lw_text_add(out, option == type->options ? "" : ", ");
        add_option(out, option);
    }
    lw_text_add(out, "]}");
}

static void add_module_optimizer(void *arg, const char *name, const lw_optimizer_type *type, const lw_error *why) {
    (void)name;
    (void)why;
    if (type)
        add_optimizer(arg, type);
}

char *core_optimizers(lw_error *error) {
    lw_text out = {0};
    lw_text_add(&out, "[");
    for (const lw_optimizer_type *const *type = lw_optimizer_types(); *type; type++)
        add_optimizer(&out, *type);
    return json_close(&out, lw_optimizer_module_each(add_module_optimizer, &out, error), "]", error);
}
