/*
 * Any bytes as an experiment file. What is accepted must also be written and read back as a space of the same meaning,
 * and sampled.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <labwatch/config.h>
#include <labwatch/convert.h>
#include <labwatch/experiment.h>
#include <labwatch/sys/memory.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int holds) {
    if (!holds)
        abort();
}

static void check_round_trip(const lw_space *space) {
    char *text = NULL;
    lw_space *again = NULL;
    uint8_t before[LW_DIGEST_SIZE], after[LW_DIGEST_SIZE];
    require(lw_space_write(&text, space, LW_FORMAT_LABWATCH, NULL) == LW_OK);
    lw_error error;
    int rc = lw_space_read(&again, text, strlen(text), "written", LW_FORMAT_LABWATCH, &error);
    require(rc == LW_OK);
    lw_space_digest(space, before);
    lw_space_digest(again, after);
    require(memcmp(before, after, sizeof before) == 0);
    lw_space_free(again);
    lw_free(text);
}

static void check_conversions(const lw_space *space) {
    for (int format = LW_FORMAT_CONFIGSPACE; format <= LW_FORMAT_SACRED; format++) {
        char *text = NULL;
        lw_error error;
        if (lw_space_write(&text, space, (lw_space_format)format, &error) == LW_OK)
            lw_free(text);
        else
            require(error.code == LW_EUNSUPPORTED);
    }
}

static void check_config(const lw_space *space) {
    lw_config *config = NULL;
    bson_t document;
    if (lw_config_new(&config, space, NULL) != LW_OK)
        return;
    require(lw_config_to_document(config, &document, NULL) == LW_OK);
    bson_destroy(&document);
    lw_config_free(config);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    lw_experiment *experiment = NULL;
    lw_diagnostics diagnostics = {0};
    lw_error error = {0};
    int rc = lw_experiment_parse(&experiment, (const char *)data, size, "fuzz.yaml", &diagnostics, &error);
    if (rc == LW_OK) {
        for (size_t i = 0; i < experiment->n_spaces && size < 4096; i++) {
            check_round_trip(experiment->spaces[i]);
            check_conversions(experiment->spaces[i]);
            check_config(experiment->spaces[i]);
        }
        lw_experiment_free(experiment);
    } else {
        require(rc == LW_EPARSE && error.code == rc && error.message[0] && diagnostics.n > 0);
    }
    lw_diagnostics_release(&diagnostics);
    return 0;
}
