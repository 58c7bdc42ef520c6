/* labwatch space sample: configurations drawn from a space. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <labwatch/document.h>
#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

#include "config_names.h"
#include "opening.h"
#include "quote.h"
#include "say.h"
#include "yaml_writer.h"

static void add_csv_header(lw_text *out, const name_list *names) {
    for (size_t i = 0; i < names->n; i++) {
        lw_text_add(out, i ? "," : "");
        quote_for_csv(out, names->items[i], strlen(names->items[i]));
    }
    lw_text_add(out, "\n");
}

static int add_csv(lw_text *out, const lw_config *config, const name_list *names) {
    for (size_t i = 0; i < names->n; i++) {
        lw_text value = {0};
        lw_error error;
        if (lw_config_spell(config, names->items[i], &value, &error) != LW_OK)
            return fail_with(&error);
        lw_text_add(out, i ? "," : "");
        quote_for_csv(out, value.bytes ? value.bytes : "", value.length);
        lw_text_release(&value);
    }
    lw_text_add(out, "\n");
    return EXIT_DONE;
}

static int add_document(lw_text *out, const lw_config *config, bool yaml, bool first) {
    bson_t document;
    lw_error error;
    if (lw_config_to_document(config, &document, &error) != LW_OK)
        return fail_with(&error);
    if (yaml) {
        lw_text_add(out, first ? "" : "---\n");
        yaml_add_document(out, &document, 0);
    } else {
        char *json = need(lw_document_to_json(&document, false));
        lw_text_format(out, "%s\n", json);
        lw_free(json);
    }
    bson_destroy(&document);
    return EXIT_DONE;
}

static int print_samples(const lw_space *space, int64_t n, uint64_t seed, const char *format) {
    bool csv = format && strcmp(format, "csv") == 0, yaml = !format || strcmp(format, "yaml") == 0;
    name_list names;
    config_names_of(&names, space);
    lw_config *config = NULL;
    lw_error error;
    int code = lw_config_new(&config, space, &error) == LW_OK ? EXIT_DONE : fail_with(&error);
    lw_text text = {0};
    if (csv)
        add_csv_header(&text, &names);
    for (int64_t i = 0; i < n && code == EXIT_DONE && !ferror(stdout); i++) {
        lw_stream stream;
        lw_stream_init(&stream, seed, LW_PURPOSE_SAMPLE, (uint64_t)i + 1, 0);
        if (lw_config_sample(config, &stream, &error) != LW_OK)
            code = fail_with(&error);
        else
            code = csv ? add_csv(&text, config, &names) : add_document(&text, config, yaml, i == 0);
        if (text.failed)
            out_of_memory();
        fwrite(text.bytes ? text.bytes : "", 1, text.length, stdout);
        text.length = 0;
    }
    lw_text_release(&text);
    lw_config_free(config);
    config_names_release(&names);
    return code;
}

int verb_space_sample(const cli_arguments *given) {
    int64_t n = 1, seed = 1;
    int code = option_integer(given, "number", 1, &n);
    if (code == EXIT_DONE)
        code = option_integer(given, "seed", 0, &seed);
    lw_experiment *experiment = NULL;
    if (code == EXIT_DONE)
        code = read_experiment(&experiment, given->operands[0], false);
    lw_space *space = code == EXIT_DONE ? chosen_space(experiment, given, &code) : NULL;
    if (space)
        code = print_samples(space, n, (uint64_t)seed, option_text(given, "format"));
    lw_experiment_free(experiment);
    return code;
}
