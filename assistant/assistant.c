#include <math.h>
#include <string.h>

#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

#include "assistant_internal.h"
#include "attempts.h"
#include "draft.h"
#include "recost.h"

/* ---- making and unmaking ---- */

static int copy_types(lw_assistant *assistant, const lw_optimizer_type *const *types, lw_error *error) {
    size_t n = 0;
    if (!types)
        return LW_OK;
    while (types[n])
        n++;
    assistant->extra = lw_calloc(n + 1, sizeof *assistant->extra);
    if (!assistant->extra)
        return lw_error_no_memory(error);
    memcpy(assistant->extra, types, n * sizeof *types);
    return LW_OK;
}

/* One that knows its owner: an optimizer that asks its own assistant for a suggestion would wait for itself. */
static void init_suggesting(pthread_mutex_t *mutex) {
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK);
    pthread_mutex_init(mutex, &attributes);
    pthread_mutexattr_destroy(&attributes);
}

int lw_assistant_begin_suggesting(lw_assistant *assistant, lw_error *error) {
    if (pthread_mutex_lock(&assistant->suggesting) == 0)
        return LW_OK;
    return lw_error_set(error, LW_EINVAL, "the optimizer of the experiment '%s' asked for a suggestion of its own experiment",
                        assistant->experiment->name);
}

void lw_assistant_end_suggesting(lw_assistant *assistant) {
    pthread_mutex_unlock(&assistant->suggesting);
}

static lw_assistant *assistant_new(lw_store *store, const lw_assistant_setup *setup, lw_error *error) {
    lw_assistant *assistant = lw_calloc(1, sizeof *assistant);
    if (!assistant) {
        lw_error_no_memory(error);
        return NULL;
    }
    assistant->store = store;
    assistant->clock = setup->clock ? setup->clock : lw_clock_system();
    assistant->fixed_budget = setup->runs;
    assistant->read_only = setup->read_only;
    assistant->recovered_at_s = (double)NAN;
    init_suggesting(&assistant->suggesting);
    pthread_mutex_init(&assistant->entropy_lock, NULL);
    pthread_mutex_init(&assistant->record_lock, NULL);
    pthread_mutex_init(&assistant->versions_lock, NULL);
    pthread_mutex_init(&assistant->watch_lock, NULL);
    lw_doubts_init(&assistant->doubts);
    lw_worker_identity_of_self(&assistant->identity);
    if (copy_types(assistant, setup->optimizers, error) != LW_OK) {
        lw_assistant_close(assistant);
        return NULL;
    }
    return assistant;
}

void lw_assistant_close(lw_assistant *assistant) {
    if (!assistant)
        return;
    for (size_t i = 0; i < assistant->n_desks; i++) {
        lw_optimizer_free(assistant->desks[i].optimizer);
        lw_sight_release(&assistant->desks[i].sight);
    }
    lw_free(assistant->desks);
    for (size_t i = 0; i < assistant->n_versions; i++)
        lw_experiment_free(assistant->versions[i].experiment);
    lw_free(assistant->versions);
    lw_experiment_free(assistant->experiment);
    lw_lease_watch_release(&assistant->watch);
    if (assistant->host)
        bson_destroy(assistant->host);
    pthread_mutex_destroy(&assistant->suggesting);
    pthread_mutex_destroy(&assistant->entropy_lock);
    pthread_mutex_destroy(&assistant->record_lock);
    pthread_mutex_destroy(&assistant->versions_lock);
    pthread_mutex_destroy(&assistant->watch_lock);
    lw_doubts_release(&assistant->doubts);
    lw_free(assistant->extra);
    lw_free(assistant);
}

static bool is_finite(const lw_space *space) {
    for (size_t i = 0; i < lw_space_n_parameters(space); i++)
        if (lw_space_parameter(space, i)->n_levels == 0)
            return false;
    return true;
}

/* One desk for each space, in the version that the record gives it. */
static int make_desks(lw_assistant *assistant, const lw_record *record, lw_error *error) {
    const lw_experiment *experiment = assistant->experiment;
    const char *name = experiment->optimizer ? experiment->optimizer : lw_optimizer_default();
    lw_error problem;
    const lw_optimizer_type *type = lw_optimizer_type_by_name(name, assistant->extra, &problem);
    if (!type && !(assistant->stored && problem.code == LW_ENOTFOUND)) /* its runs can be looked at without */
        return lw_error_set(error, problem.code, "%s", problem.message);
    assistant->desks = lw_calloc(experiment->n_spaces, sizeof *assistant->desks);
    if (!assistant->desks)
        return lw_error_no_memory(error);
    assistant->n_desks = experiment->n_spaces;
    for (size_t i = 0; i < experiment->n_spaces; i++) {
        lw_space *space = experiment->spaces[i];
        uint8_t signature[LW_DIGEST_SIZE];
        lw_space_signature(space, signature);
        const lw_space_version *version = lw_record_version_by_signature(record, lw_space_name(space), signature);
        if (!version)
            return lw_error_set(error, LW_ESTORE, "the stored experiment '%s' is damaged: it has no version of its space '%s'",
                                experiment->name, lw_space_name(space));
        assistant->desks[i] = (lw_desk){
            .space = space,
            .name = lw_space_name(space),
            .version = version->version,
            .fresh = version->fresh,
            .finite = is_finite(space),
            .has_seed = lw_space_has_seed(space),
            .reads_history = !type || type->reads == LW_READS_HISTORY,
        };
    }
    return LW_OK;
}

/* ---- taking the file over ---- */

/* Reads the stored record; one that is not there is empty, with revision 0. */
static int get_record(const lw_assistant *assistant, lw_record *out, lw_error *error) {
    lw_error absent;
    int code = lw_record_get(out, assistant->store, assistant->experiment->name, &absent);
    if (code == LW_OK || code == LW_ENOTFOUND)
        return LW_OK;
    if (error)
        *error = absent;
    return code;
}

/* Between reading the stored text and this another process may have changed it: the old text must not come back. */
static int check_still_stored(const lw_assistant *assistant, const lw_record *record, lw_error *error) {
    const char *name = assistant->experiment->name;
    if (!assistant->stored)
        return LW_OK;
    if (record->revision == 0 || record->removed)
        return lw_error_set(error, LW_ENOTFOUND, "the experiment '%s' was removed just now", name);
    return strcmp(record->texts[record->text], assistant->experiment->text) == 0
               ? LW_OK
               : lw_error_set(error, LW_ECONFLICT, "the experiment '%s' was changed just now; try again", name);
}

static int take_over_once(lw_assistant *assistant, bool new_version, uint64_t fresh_seed, lw_record *record, lw_error *error) {
    const char *name = assistant->experiment->name;
    lw_run_counts counts;
    int code = lw_store_run_counts(assistant->store, name, &counts, error);
    if (code != LW_OK)
        return code;
    lw_takeover takeover = {
        .experiment = assistant->experiment,
        .new_version = new_version,
        .fresh_seed = fresh_seed,
        .now_ms = lw_clock_wall_ms(assistant->clock),
        .last_id = counts.last_id,
    };
    bool changed;
    code = get_record(assistant, record, error);
    if (code == LW_OK && record->removed && !assistant->read_only)
        code = lw_remove_runs(assistant->store, name, error); /* what an interrupted removal left */
    if (code == LW_OK)
        code = check_still_stored(assistant, record, error);
    if (code == LW_OK)
        code = lw_record_take_over(record, &takeover, &changed, error);
    if (code == LW_OK && changed && !assistant->read_only)
        code = lw_record_put(record, assistant->store, name, error);
    return code;
}

/* Whoever is first decides, on the seed too; the others take their record and compare again. */
static int take_over(lw_assistant *assistant, bool new_version, lw_record *record, lw_error *error) {
    enum { TRIES = 100 };
    uint32_t seed;
    lw_entropy_take(&assistant->entropy, &seed, sizeof seed);
    for (int tries = 1;; tries++) {
        lw_error problem;
        int code = take_over_once(assistant, new_version, seed, record, &problem);
        if (code == LW_OK)
            return LW_OK;
        /* A conflict in reading the file says so with revision as it was; only a lost put is worth another try. */
        bool lost = code == LW_ECONFLICT && tries < TRIES;
        if (lost) {
            lw_run_counts counts;
            int again = lw_store_run_counts(assistant->store, assistant->experiment->name, &counts, &problem);
            if (again != LW_OK)
                code = again;
            lost = again == LW_OK && counts.experiment_revision != record->revision;
        }
        lw_record_release(record);
        if (!lost) {
            if (error)
                *error = problem;
            return code;
        }
    }
}

/* An optimizer that is not there is a mistake in the file: not found would mean the experiment. */
static int check_options(const lw_assistant *assistant, lw_error *error) {
    const lw_experiment *experiment = assistant->experiment;
    lw_error problem;
    int code = lw_optimizer_check(experiment->optimizer, experiment->optimizer_options, assistant->extra, &problem);
    if (code == LW_OK || (code == LW_ENOTFOUND && assistant->stored))
        return LW_OK;
    if (code == LW_ENOTFOUND)
        code = LW_EINVAL;
    return lw_error_set(error, code, "%s: optimizer: %s", experiment->source, problem.message);
}

/* experiment is the assistant's from now on, also on failure. */
static int open_with(lw_assistant *assistant, lw_experiment *experiment, bool new_version, lw_error *error) {
    lw_record record = {0};
    assistant->experiment = experiment;
    int code = check_options(assistant, error);
    if (code == LW_OK)
        code = take_over(assistant, new_version, &record, error);
    if (code != LW_OK)
        return code;
    assistant->seed = record.seed;
    assistant->created_ms = record.created_ms;
    lw_assistant_set_live(assistant, &record);
    code = make_desks(assistant, &record, error);
    if (code == LW_OK && record.recost && !assistant->read_only)
        code = lw_assistant_recost(assistant, record.revision, error);
    lw_record_release(&record);
    return code;
}

static int check_setup(const lw_assistant_setup *setup, lw_error *error) {
    if (setup->runs < 0)
        return lw_error_set(error, LW_EINVAL, "a budget of %lld runs: expected 1 or more, or 0 for the file's",
                            (long long)setup->runs);
    if (setup->read_only && setup->new_version)
        return lw_error_set(error, LW_EINVAL, "a new version cannot be made of an experiment that is opened for reading only");
    return LW_OK;
}

static int open_experiment(lw_assistant **out, lw_store *store, const lw_experiment *experiment, bool stored,
                           const lw_assistant_setup *setup, lw_error *error) {
    static const lw_assistant_setup plain = {0};
    if (!setup)
        setup = &plain;
    int code = check_setup(setup, error);
    if (code != LW_OK)
        return code;
    lw_assistant *assistant = assistant_new(store, setup, error);
    if (!assistant)
        return LW_ENOMEM;
    assistant->stored = stored;
    lw_experiment *own = NULL;
    code = lw_experiment_parse(&own, experiment->text, strlen(experiment->text), experiment->source, NULL, error);
    if (code == LW_OK)
        code = open_with(assistant, own, setup->new_version, error);
    if (code == LW_OK)
        *out = assistant;
    else
        lw_assistant_close(assistant);
    return code;
}

int lw_assistant_open(lw_assistant **out, lw_store *store, const lw_experiment *experiment, const lw_assistant_setup *setup,
                      lw_error *error) {
    if (!out || !store || !experiment)
        return lw_error_set(error, LW_EINVAL, "lw_assistant_open: out, store and experiment must not be NULL");
    *out = NULL;
    return open_experiment(out, store, experiment, false, setup, error);
}

/* ---- opening what the store has ---- */

typedef struct name_list {
    char **names;
    size_t n, capacity;
} name_list;

static int collect_name(void *arg, const lw_experiment_record *record) {
    name_list *list = arg;
    if (!lw_array_reserve(&list->names, &list->capacity, list->n, sizeof *list->names))
        return LW_ENOMEM;
    char *copy = lw_strdup(record->name);
    if (!copy)
        return LW_ENOMEM;
    list->names[list->n++] = copy;
    return LW_OK;
}

static int no_such_experiment(lw_store *store, const char *name, lw_error *error) {
    name_list list = {0};
    int code = lw_store_experiment_each(store, collect_name, &list, NULL);
    int nearest = code == LW_OK ? lw_nearest(name, (const char *const *)list.names, list.n) : -1;
    if (nearest >= 0 && strcmp(list.names[nearest], name) != 0) /* the same name: it was removed */
        lw_error_set(error, LW_ENOTFOUND, "the store has no experiment '%s'; did you mean '%s'?", name, list.names[nearest]);
    else
        lw_error_set(error, LW_ENOTFOUND, "the store has no experiment '%s'", name);
    for (size_t i = 0; i < list.n; i++)
        lw_free(list.names[i]);
    lw_free(list.names);
    return LW_ENOTFOUND;
}

static int parse_stored(lw_experiment **out, lw_store *store, const char *name, lw_error *error) {
    lw_record record;
    int code = lw_record_get(&record, store, name, error);
    if (code == LW_ENOTFOUND || (code == LW_OK && record.removed)) {
        lw_record_release(&record);
        return no_such_experiment(store, name, error);
    }
    if (code != LW_OK)
        return code;
    lw_text source = {0};
    lw_text_format(&source, "experiment '%s' in the store", name);
    const char *text = record.texts[record.text];
    if (source.failed)
        code = lw_error_no_memory(error);
    else
        code = lw_experiment_parse(out, text, strlen(text), source.bytes, NULL, error);
    lw_text_release(&source);
    lw_record_release(&record);
    return code;
}

int lw_assistant_open_stored(lw_assistant **out, lw_store *store, const char *name, const lw_assistant_setup *setup,
                             lw_error *error) {
    enum { TRIES = 100 };
    if (!out || !store || !name)
        return lw_error_set(error, LW_EINVAL, "lw_assistant_open_stored: out, store and name must not be NULL");
    *out = NULL;
    for (int tries = 1;; tries++) {
        lw_experiment *experiment = NULL;
        lw_error problem;
        int code = parse_stored(&experiment, store, name, &problem);
        if (code == LW_OK)
            code = open_experiment(out, store, experiment, true, setup, &problem);
        lw_experiment_free(experiment);
        if (code != LW_ECONFLICT || tries == TRIES) {
            if (code != LW_OK && error)
                *error = problem;
            return code;
        }
    }
}

/* ---- what it is ---- */

const lw_experiment *lw_assistant_experiment(const lw_assistant *assistant) {
    return assistant->experiment;
}

lw_store *lw_assistant_store(const lw_assistant *assistant) {
    return assistant->store;
}

uint64_t lw_assistant_seed(const lw_assistant *assistant) {
    return assistant->seed;
}

lw_desk *lw_assistant_desk(lw_assistant *assistant, const char *space, lw_error *error) {
    const lw_space *wanted = lw_experiment_space(assistant->experiment, space, error);
    for (size_t i = 0; wanted && i < assistant->n_desks; i++)
        if (assistant->desks[i].space == wanted)
            return &assistant->desks[i];
    return NULL;
}

int32_t lw_assistant_space_version(const lw_assistant *assistant, const char *space) {
    for (size_t i = 0; i < assistant->n_desks; i++)
        if (!space || strcmp(assistant->desks[i].name, space) == 0)
            return assistant->desks[i].version;
    return 0;
}

bool lw_assistant_space_is_new(const lw_assistant *assistant, const char *space) {
    for (size_t i = 0; i < assistant->n_desks; i++)
        if (!space || strcmp(assistant->desks[i].name, space) == 0)
            return assistant->desks[i].fresh;
    return false;
}

lw_token lw_assistant_token(lw_assistant *assistant) {
    pthread_mutex_lock(&assistant->entropy_lock);
    lw_token token = lw_token_new(&assistant->entropy);
    pthread_mutex_unlock(&assistant->entropy_lock);
    return token;
}

void lw_assistant_pause(lw_assistant *assistant, int losses, double insertion_s) {
    const double shortest_s = 0.001, longest_s = 5;
    double bound = (insertion_s > shortest_s ? insertion_s : shortest_s) * (double)(1 << (losses < 10 ? losses : 10));
    pthread_mutex_lock(&assistant->entropy_lock);
    double share = lw_entropy_uniform(&assistant->entropy);
    pthread_mutex_unlock(&assistant->entropy_lock);
    lw_clock_sleep_s(assistant->clock, share * (bound < longest_s ? bound : longest_s));
}

const bson_t *lw_assistant_host(lw_assistant *assistant) {
    pthread_mutex_lock(&assistant->record_lock);
    if (!assistant->host)
        assistant->host = lw_worker_host_document(&assistant->identity);
    pthread_mutex_unlock(&assistant->record_lock);
    return assistant->host;
}

int lw_assistant_check_writable(const lw_assistant *assistant, lw_error *error) {
    if (assistant->read_only)
        return lw_error_set(error, LW_EINVAL, "experiment '%s' was opened for reading only", assistant->experiment->name);
    return LW_OK;
}
