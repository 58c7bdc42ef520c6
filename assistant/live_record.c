/*
 * The stored experiment while it is open: what others change in it is noticed by its revision, and changes of one's
 * own are made on what it is at that moment.
 */
#include <string.h>

#include <labwatch/sys/memory.h>

#include "assistant_internal.h"

static void take_live(const lw_assistant *assistant, const lw_record *record, lw_live *live) {
    live->revision = record->revision;
    live->epoch = record->epoch;
    live->paused = record->paused;
    live->removed = record->removed;
    live->budget = assistant->fixed_budget > 0 ? assistant->fixed_budget : record->runs;
    live->redefined = record->goal != assistant->experiment->goal || record->seed != assistant->seed ||
                      strcmp(record->objective, assistant->experiment->objective) != 0;
}

void lw_assistant_set_live(lw_assistant *assistant, const lw_record *record) {
    lw_live live;
    take_live(assistant, record, &live);
    pthread_mutex_lock(&assistant->record_lock);
    if (live.revision >= assistant->live.revision)
        assistant->live = live;
    pthread_mutex_unlock(&assistant->record_lock);
}

static int check_live(const lw_assistant *assistant, const lw_live *live, lw_error *error) {
    const char *name = assistant->experiment->name;
    if (live->removed)
        return lw_error_set(error, LW_ENOTFOUND, "experiment '%s' was removed", name);
    if (live->redefined)
        return lw_error_set(error, LW_ECONFLICT,
                            "experiment '%s' has got another goal, objective or seed since it was opened here: open it again", name);
    return LW_OK;
}

int lw_assistant_live(lw_assistant *assistant, int64_t revision, lw_live *out, lw_error *error) {
    pthread_mutex_lock(&assistant->record_lock);
    *out = assistant->live;
    pthread_mutex_unlock(&assistant->record_lock);
    /* A read-only assistant may be ahead of the store, with a file that was never put there. */
    if (out->revision >= revision)
        return check_live(assistant, out, error);

    lw_record record;
    int code = lw_record_get(&record, assistant->store, assistant->experiment->name, error);
    if (code != LW_OK)
        return code;
    lw_assistant_set_live(assistant, &record);
    take_live(assistant, &record, out);
    lw_record_release(&record);
    return check_live(assistant, out, error);
}

int lw_assistant_change_record(lw_assistant *assistant, lw_record_change_fn *change, void *arg, lw_error *error) {
    enum { TRIES = 100 };
    const char *name = assistant->experiment->name;
    int code = LW_ECONFLICT;
    for (int tries = 0; tries < TRIES && code == LW_ECONFLICT; tries++) {
        lw_record record;
        code = lw_record_get(&record, assistant->store, name, error);
        if (code != LW_OK)
            break;
        change(arg, &record);
        code = lw_record_put(&record, assistant->store, name, error);
        if (code == LW_OK)
            lw_assistant_set_live(assistant, &record);
        lw_record_release(&record);
    }
    return code;
}

static void raise_epoch(void *arg, lw_record *record) {
    (void)arg;
    record->epoch++;
}

int lw_assistant_raise_epoch(lw_assistant *assistant, lw_error *error) {
    return lw_assistant_change_record(assistant, raise_epoch, NULL, error);
}

static void set_paused(void *arg, lw_record *record) {
    record->paused = *(const bool *)arg;
}

int lw_assistant_set_paused(lw_assistant *assistant, bool paused, lw_error *error) {
    if (!assistant)
        return lw_error_set(error, LW_EINVAL, "lw_assistant_set_paused: assistant must not be NULL");
    int code = lw_assistant_check_writable(assistant, error);
    return code == LW_OK ? lw_assistant_change_record(assistant, set_paused, &paused, error) : code;
}

/* ---- spaces of earlier versions ---- */

static lw_space *parsed_version(const lw_assistant *assistant, const char *space, int32_t version) {
    for (size_t i = 0; i < assistant->n_versions; i++)
        if (assistant->versions[i].version == version && strcmp(assistant->versions[i].name, space) == 0)
            return assistant->versions[i].space;
    return NULL;
}

static int parse_version(lw_assistant *assistant, const char *text, const lw_space_version *version, lw_space **out,
                         lw_error *error) {
    if (!lw_array_reserve(&assistant->versions, &assistant->versions_capacity, assistant->n_versions,
                          sizeof *assistant->versions))
        return lw_error_no_memory(error);
    lw_experiment *experiment = NULL;
    int code = lw_experiment_parse(&experiment, text, strlen(text), assistant->experiment->source, NULL, error);
    if (code != LW_OK)
        return code;
    lw_space *space = lw_experiment_space(experiment, version->name, error);
    if (!space) {
        lw_experiment_free(experiment);
        return LW_ENOTFOUND;
    }
    assistant->versions[assistant->n_versions++] = (lw_parsed_version){
        .name = lw_space_name(space),
        .version = version->version,
        .experiment = experiment,
        .space = space,
    };
    *out = space;
    return LW_OK;
}

static int read_version(lw_assistant *assistant, const char *space, int32_t number, lw_space **out, lw_error *error) {
    lw_record record;
    int code = lw_record_get(&record, assistant->store, assistant->experiment->name, error);
    if (code != LW_OK)
        return code;
    const lw_space_version *version = lw_record_version(&record, space, number);
    if (version)
        code = parse_version(assistant, record.texts[version->text], version, out, error);
    else
        code = lw_error_set(error, LW_ENOTFOUND, "experiment '%s' has no version %d of a space '%s'",
                            assistant->experiment->name, (int)number, space);
    lw_record_release(&record);
    return code;
}

int lw_assistant_space_of_version(lw_assistant *assistant, const char *space, int32_t version, lw_space **out,
                                  lw_error *error) {
    for (size_t i = 0; i < assistant->n_desks; i++)
        if (assistant->desks[i].version == version && strcmp(assistant->desks[i].name, space) == 0) {
            *out = assistant->desks[i].space;
            return LW_OK;
        }
    int code = LW_OK;
    pthread_mutex_lock(&assistant->versions_lock);
    *out = parsed_version(assistant, space, version);
    if (!*out)
        code = read_version(assistant, space, version, out, error);
    pthread_mutex_unlock(&assistant->versions_lock);
    return code;
}
