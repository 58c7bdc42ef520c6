/* A run that went on with another configuration than it was given. */
#include "core.h"

#include <string.h>

#include <labwatch/sys/memory.h>

#include "json.h"

/* What the run gets. All of it is made before the store is asked. */
typedef struct reconfiguration {
    const lw_token *token;
    const char *space;
    int32_t version;
    bson_t config; /* without seed */
    uint8_t digest[LW_DIGEST_SIZE];
} reconfiguration;

static bson_t *with_seed(const bson_t *config, uint64_t seed) {
    bson_t *out = bson_copy(config);
    if (!bson_has_field(out, "seed"))
        bson_append_int32(out, "seed", 4, (int32_t)seed);
    return out;
}

static void forget(bson_t **document) {
    if (*document)
        bson_destroy(*document);
    *document = NULL;
}

/* It is nobody's suggestion any more: no optimizer may take it for what it proposed. */
static void forget_suggestion(lw_run *run) {
    lw_free(run->optimizer);
    lw_free(run->build);
    lw_free(run->view.open_ids);
    lw_free(run->view.void_ids);
    forget(&run->optimizer_options);
    forget(&run->memo);
    run->optimizer = run->build = NULL;
    run->number = 0;
    run->view = (lw_view){0};
}

static void add_note(lw_run *run, const char *note) {
    char buffer[16];
    const char *key;
    if (!run->notes)
        run->notes = bson_new();
    bson_uint32_to_string(bson_count_keys(run->notes), &key, buffer, sizeof buffer);
    bson_append_utf8(run->notes, key, -1, note, -1);
}

static char *note_of(const lw_run *run, lw_error *error) {
    lw_text note = {0};
    if (run->optimizer)
        lw_text_format(&note, "%s proposed ", run->optimizer);
    else
        lw_text_add(&note, "it began with ");
    json_add_document(&note, run->config);
    lw_text_add(&note, ", and it ran with other values");
    return json_finish(&note, error);
}

/* What can fail comes first. */
static int reconfigure(void *arg, lw_run *run, lw_error *error) {
    const reconfiguration *self = arg;
    if (run->origin != LW_ORIGIN_OWN || run->status != LW_STATUS_RUNNING || !lw_token_equal(run->token, *self->token))
        return lw_error_set(error, LW_ECONFLICT, "run %lld is no longer this attempt's: its configuration stays",
                            (long long)run->id);
    char *space = lw_strdup(self->space);
    if (!space)
        return lw_error_no_memory(error);
    char *note = note_of(run, error);
    if (!note) {
        lw_free(space);
        return LW_ENOMEM;
    }
    lw_free(run->space);
    run->space = space;
    run->space_version = self->version;
    bson_destroy(run->config);
    run->config = with_seed(&self->config, run->seed);
    memcpy(run->digest, self->digest, sizeof run->digest);
    forget_suggestion(run);
    add_note(run, note);
    lw_free(note);
    return LW_OK;
}

static int modify(lw_assistant *assistant, int64_t id, const lw_token *token, const lw_config *config, lw_error *error) {
    reconfiguration self = {.token = token, .space = lw_space_name(lw_config_space(config))};
    self.version = lw_assistant_space_version(assistant, self.space);
    lw_config_digest(config, self.digest);
    int rc = lw_config_to_document(config, &self.config, error);
    if (rc != LW_OK)
        return rc;
    rc = lw_store_run_modify(lw_assistant_store(assistant), id, reconfigure, &self, error);
    bson_destroy(&self.config);
    return rc;
}

char *core_reconfigure(lw_assistant *assistant, int64_t id, const lw_token *token, const char *json, size_t length,
                       lw_error *error) {
    json_document document;
    lw_config *config = NULL;
    char *read = NULL;
    const lw_space *space = lw_experiment_space(lw_assistant_experiment(assistant), NULL, error);
    if (!space)
        return NULL;
    int rc = json_read(&document, json, length, error);
    if (rc == LW_OK)
        rc = lw_config_from_document(&config, space, &document.document, LW_CONFIG_FILL_DEFAULTS, error);
    if (rc == LW_OK)
        rc = modify(assistant, id, token, config, error);
    if (rc == LW_OK)
        read = core_config_json(config, error);
    lw_config_free(config);
    json_document_release(&document);
    return read;
}
