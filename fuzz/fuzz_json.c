/*
 * Any bytes as JSON: a config, a result. What is accepted is written, and reads back as the same document, pretty or
 * not.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <labwatch/assistant.h>
#include <labwatch/document.h>
#include <labwatch/experiment.h>
#include <labwatch/sys/memory.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char experiment_text[] = "experiment: e\n"
                                      "space:\n"
                                      "  kind: !Categorical [a, 1, true, [1, 2]]\n"
                                      "  x: !UniformFloat {lower: 0, upper: 1, when: {kind: a}}\n"
                                      "  net: {n: !UniformInt [1, 8]}\n"
                                      "  c: base\n";

static void require(int holds) {
    if (!holds)
        abort();
}

static void check_round_trip(const bson_t *value, bool pretty) {
    char *text = lw_document_to_json(value, pretty);
    bson_t again;
    require(text && lw_document_from_json(&again, text, strlen(text), NULL) == LW_OK);
    bson_iter_t a, b;
    require(bson_iter_init_find(&a, value, "value") && bson_iter_init_find(&b, &again, "value"));
    require(lw_document_values_equal(&a, &b));
    bson_destroy(&again);
    lw_free(text);
}

/* As a configuration, strict or not; one that is accepted gives itself back. */
static void check_config(const lw_space *space, const bson_t *document, int reading) {
    lw_config *config = NULL, *again = NULL;
    lw_error error = {0};
    int code = lw_config_from_document(&config, space, document, reading, &error);
    if (code != LW_OK) {
        require(error.code == code && error.message[0] && !config);
        return;
    }
    bson_t back;
    require(lw_config_to_document(config, &back, NULL) == LW_OK);
    require(lw_config_from_document(&again, space, &back, LW_CONFIG_STRICT, NULL) == LW_OK);
    require(lw_config_equal(config, again));
    bson_destroy(&back);
    lw_config_free(again);
    lw_config_free(config);
}

static void check_object(const bson_t *document) {
    lw_experiment *experiment = NULL;
    lw_result result;
    require(lw_experiment_parse(&experiment, experiment_text, strlen(experiment_text), "e.yaml", NULL, NULL) == LW_OK);
    check_config(experiment->spaces[0], document, LW_CONFIG_STRICT);
    check_config(experiment->spaces[0], document, LW_CONFIG_FILL_DEFAULTS | LW_CONFIG_IGNORE_OTHERS);
    if (lw_result_of_document(&result, experiment, document, NULL) == LW_OK)
        require(result.outcome == LW_COMPLETED || result.outcome == LW_FAILED);
    lw_experiment_free(experiment);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    bson_t value, object;
    lw_error error = {0};
    if (lw_document_value_from_json(&value, (const char *)data, size, &error) != LW_OK) {
        require(error.code == LW_EPARSE && error.message[0]);
        return 0;
    }
    check_round_trip(&value, false);
    check_round_trip(&value, true);
    bson_destroy(&value);
    if (lw_document_from_json(&object, (const char *)data, size, NULL) == LW_OK) {
        check_object(&object);
        bson_destroy(&object);
    }
    return 0;
}
