/* What optimizers written in Python are given, and give. */
#include "core.h"

#include "json.h"

char *core_observation(const lw_history *history, size_t i, lw_error *error) {
    static const char *const outcomes[] = {"pending", "completed", "failed", "void"};
    const lw_observation *o = lw_history_get(history, i);
    lw_text out = {0};
    lw_text_format(&out, "{\"run\": %lld, \"outcome\": \"%s\"", (long long)o->run_id, outcomes[o->outcome]);
    json_add_key_string(&out, "failure", lw_failure_name(o->failure));
    json_add_key_bool(&out, "foreign", o->foreign);
    json_add_key_number(&out, "cost", o->cost);
    json_add_key_number(&out, "fidelity", o->fidelity);
    json_add_key_integer(&out, "replicate", o->replicate);
    json_add_key_document(&out, "memo", o->memo);
    json_add_key(&out, "config");
    char *config = core_config_json(o->config, error);
    int rc = config ? LW_OK : LW_ENOMEM;
    if (config)
        json_add_bytes(&out, config);
    return json_close(&out, rc, "}", error);
}

int core_memo_set(bson_t *memo, const char *json, size_t length, lw_error *error) {
    json_document document;
    int rc = json_read(&document, json, length, error);
    if (rc == LW_OK && !bson_concat(memo, &document.document))
        rc = lw_error_set(error, LW_EUNSUPPORTED, "the memo is too large");
    json_document_release(&document);
    return rc;
}
