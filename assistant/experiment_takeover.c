/*
 * How an experiment file becomes part of the stored experiment. Meaning is compared, not text: what was
 * only written differently changes nothing but the text that is kept.
 */
#include <string.h>

#include <labwatch/sys/digest.h>
#include <labwatch/sys/memory.h>

#include "experiment_record.h"

void lw_space_signature(const lw_space *space, uint8_t out[LW_DIGEST_SIZE]) {
    lw_digest digest;
    lw_digest_start(&digest);
    uint8_t meaning[LW_DIGEST_SIZE];
    lw_space_digest(space, meaning);
    lw_digest_add(&digest, meaning, sizeof meaning);
    for (size_t i = 0; i < lw_space_n_parameters(space); i++) {
        const lw_parameter *parameter = lw_space_parameter(space, i);
        lw_digest_add_text(&digest, parameter->name, strlen(parameter->name));
        lw_digest_add_u64(&digest, parameter->n_choices);
        for (size_t k = 0; k < parameter->n_choices; k++)
            lw_digest_add_text(&digest, parameter->choices[k].spelling, strlen(parameter->choices[k].spelling));
    }
    lw_digest_finish(&digest, out);
}

/* ---- texts ---- */

/* Index of the text, which is added if it is not there. */
static int keep_text(lw_record *record, const char *text, size_t *index, lw_error *error) {
    for (size_t i = 0; i < record->n_texts; i++)
        if (strcmp(record->texts[i], text) == 0) {
            *index = i;
            return LW_OK;
        }
    if (!lw_array_reserve(&record->texts, &record->texts_capacity, record->n_texts, sizeof *record->texts))
        return lw_error_no_memory(error);
    char *copy = lw_strdup(text);
    if (!copy)
        return lw_error_no_memory(error);
    *index = record->n_texts;
    record->texts[record->n_texts++] = copy;
    return LW_OK;
}

static bool text_is_used(const lw_record *record, size_t index) {
    if (record->text == index)
        return true;
    for (size_t i = 0; i < record->n_versions; i++)
        if (record->versions[i].text == index)
            return true;
    return false;
}

static void drop_text(lw_record *record, size_t index) {
    lw_free(record->texts[index]);
    record->n_texts--;
    for (size_t i = index; i < record->n_texts; i++)
        record->texts[i] = record->texts[i + 1];
    if (record->text > index)
        record->text--;
    for (size_t i = 0; i < record->n_versions; i++)
        if (record->versions[i].text > index)
            record->versions[i].text--;
}

static void drop_unused_texts(lw_record *record) {
    for (size_t i = record->n_texts; i-- > 0;)
        if (!text_is_used(record, i))
            drop_text(record, i);
}

/* ---- spaces ---- */

static int32_t highest_version(const lw_record *record, const char *space) {
    int32_t highest = 0;
    for (size_t i = 0; i < record->n_versions; i++)
        if (record->versions[i].version > highest && strcmp(record->versions[i].name, space) == 0)
            highest = record->versions[i].version;
    return highest;
}

/* A space that is as it was in some version goes on being that version. */
static int take_over_space(lw_record *record, const lw_takeover *takeover, const lw_space *space, bool *changed,
                           lw_error *error) {
    lw_space_version version = {.since_id = takeover->last_id, .text = record->text, .fresh = true};
    lw_space_signature(space, version.signature);
    if (lw_record_version_by_signature(record, lw_space_name(space), version.signature))
        return LW_OK;
    version.version = highest_version(record, lw_space_name(space)) + 1;
    if (!lw_array_reserve(&record->versions, &record->versions_capacity, record->n_versions, sizeof *record->versions))
        return lw_error_no_memory(error);
    version.name = lw_strdup(lw_space_name(space));
    if (!version.name)
        return lw_error_no_memory(error);
    record->versions[record->n_versions++] = version;
    *changed = true;
    return LW_OK;
}

static int take_over_text_and_spaces(lw_record *record, const lw_takeover *takeover, bool *changed, lw_error *error) {
    const lw_experiment *experiment = takeover->experiment;
    if (record->n_texts == 0 || strcmp(record->texts[record->text], experiment->text) != 0) {
        int code = keep_text(record, experiment->text, &record->text, error);
        if (code != LW_OK)
            return code;
        *changed = true;
    }
    for (size_t i = 0; i < experiment->n_spaces; i++) {
        int code = take_over_space(record, takeover, experiment->spaces[i], changed, error);
        if (code != LW_OK)
            return code;
    }
    if (record->runs != experiment->runs) {
        record->runs = experiment->runs;
        *changed = true;
    }
    drop_unused_texts(record);
    return LW_OK;
}

/* ---- goal, objective and seed ---- */

static const char *goal_name(lw_goal goal) {
    return goal == LW_MAXIMIZE ? "maximize" : "minimize";
}

static int refuse_new_goal(const lw_record *record, const lw_experiment *experiment, lw_error *error) {
    return lw_error_set(error, LW_ECONFLICT,
                        "%s: experiment '%s' has 'goal: %s' in the store, and '%s' in the file: give it another name, or say "
                        "--new-version to read all its results anew",
                        experiment->source, experiment->name, goal_name(record->goal), goal_name(experiment->goal));
}

static int refuse_new_objective(const lw_record *record, const lw_experiment *experiment, lw_error *error) {
    return lw_error_set(error, LW_ECONFLICT,
                        "%s: the cost of experiment '%s' is '%s' in the store, and '%s' in the file: give it another name, or "
                        "say --new-version to read all its results anew",
                        experiment->source, experiment->name, record->objective, experiment->objective);
}

static int refuse_new_seed(const lw_record *record, const lw_experiment *experiment, lw_error *error) {
    return lw_error_set(error, LW_ECONFLICT,
                        "%s: experiment '%s' has the seed %llu in the store, and %llu in the file: give it another name, or say "
                        "--new-version to go on with the new seed",
                        experiment->source, experiment->name, (unsigned long long)record->seed,
                        (unsigned long long)experiment->seed);
}

static int set_objective(lw_record *record, const char *objective, lw_error *error) {
    char *copy = lw_strdup(objective);
    if (!copy)
        return lw_error_no_memory(error);
    lw_free(record->objective);
    record->objective = copy;
    return LW_OK;
}

static int take_over_definition(lw_record *record, const lw_takeover *takeover, bool *changed, lw_error *error) {
    const lw_experiment *experiment = takeover->experiment;
    bool other_goal = record->goal != experiment->goal;
    bool other_objective = strcmp(record->objective, experiment->objective) != 0;
    bool other_seed = experiment->has_seed && record->seed != experiment->seed;
    if (other_goal && !takeover->new_version)
        return refuse_new_goal(record, experiment, error);
    if (other_objective && !takeover->new_version)
        return refuse_new_objective(record, experiment, error);
    if (other_seed && !takeover->new_version)
        return refuse_new_seed(record, experiment, error);
    if (other_objective) {
        int code = set_objective(record, experiment->objective, error);
        if (code != LW_OK)
            return code;
    }
    record->goal = experiment->goal;
    if (other_goal || other_objective)
        record->recost = true;
    if (other_seed) {
        record->seed = experiment->seed;
        record->seed_since = takeover->last_id;
    }
    if (other_goal || other_objective || other_seed) {
        record->epoch++;
        *changed = true;
    }
    return LW_OK;
}

/* Also for the name of an experiment that was removed: its epoch goes on, so that nobody takes the old for the new. */
static int begin_experiment(lw_record *record, const lw_takeover *takeover, lw_error *error) {
    const lw_experiment *experiment = takeover->experiment;
    int64_t revision = record->revision;
    int64_t epoch = record->removed ? record->epoch + 1 : 0;
    lw_record_release(record);
    *record = (lw_record){
        .revision = revision,
        .epoch = epoch,
        .seed = experiment->has_seed ? experiment->seed : takeover->fresh_seed,
        .seed_since = takeover->last_id,
        .created_ms = takeover->now_ms,
        .goal = experiment->goal,
        .runs = experiment->runs,
    };
    return set_objective(record, experiment->objective, error);
}

int lw_record_take_over(lw_record *record, const lw_takeover *takeover, bool *changed, lw_error *error) {
    int code;
    *changed = record->revision == 0 || record->removed;
    if (*changed)
        code = begin_experiment(record, takeover, error);
    else
        code = take_over_definition(record, takeover, changed, error);
    if (code == LW_OK)
        code = take_over_text_and_spaces(record, takeover, changed, error);
    return code;
}
