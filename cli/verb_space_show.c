/* labwatch space show: the parameters of a space. */
#include <stdio.h>
#include <string.h>

#include <labwatch/document.h>
#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

#include "opening.h"
#include "say.h"
#include "space_table.h"
#include "yaml_writer.h"

static int print_document(const lw_space *space, bool yaml) {
    bson_t document;
    lw_error error;
    if (lw_space_to_document(space, &document, &error) != LW_OK)
        return fail_with(&error);
    lw_text text = {0};
    if (yaml) {
        yaml_add_document(&text, &document, 0);
    } else {
        char *json = need(lw_document_to_json(&document, true));
        lw_text_format(&text, "%s\n", json);
        lw_free(json);
    }
    if (text.length)
        fwrite(text.bytes, 1, text.length, stdout);
    lw_text_release(&text);
    bson_destroy(&document);
    return EXIT_DONE;
}

int verb_space_show(const cli_arguments *given) {
    lw_experiment *experiment = NULL;
    int code = read_experiment(&experiment, given->operands[0], false);
    if (code != EXIT_DONE)
        return code;
    const char *format = option_text(given, "format");
    lw_space *space = chosen_space(experiment, given, &code);
    if (space && (!format || strcmp(format, "table") == 0))
        space_table_print(space, stdout);
    else if (space)
        code = print_document(space, strcmp(format, "yaml") == 0);
    lw_experiment_free(experiment);
    return code;
}
