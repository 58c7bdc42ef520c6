/* labwatch artifact: keep files with a run. */
#include <string.h>

#include <labwatch/store.h>

#include "opening.h"
#include "say.h"

static const char *name_of(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* Files of one name would replace one another. */
static int check_names(const cli_arguments *given) {
    const char *const *paths = given->operands + 1;
    size_t n = given->n_operands - 1;
    const char *name = option_text(given, "name");
    if (name && n > 1)
        return fail(EXIT_WRONG, "--name goes with one FILE");
    if (name && !*name)
        return fail(EXIT_WRONG, "the name of --name is empty");
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < i; k++)
            if (strcmp(name_of(paths[i]), name_of(paths[k])) == 0)
                return fail(EXIT_WRONG, "'%s' and '%s' would both be called '%s': give each its own --name", paths[k],
                            paths[i], name_of(paths[i]));
    return EXIT_DONE;
}

static int attach(lw_assistant *assistant, const cli_arguments *given, int64_t id) {
    const char *name = option_text(given, "name");
    for (size_t i = 1; i < given->n_operands; i++) {
        lw_error error;
        int code = lw_assistant_attach(assistant, id, LW_FILE_ARTIFACT, given->operands[i], name, &error);
        if (code != LW_OK)
            return code == LW_EIO ? fail(EXIT_WRONG, "%s", error.message) : fail_with(&error);
    }
    return EXIT_DONE;
}

int verb_artifact(const cli_arguments *given) {
    cli_opened opened = {0};
    int64_t id;
    int code = check_names(given);
    if (code == EXIT_DONE)
        code = open_run(&opened, given, given->operands[0], OPEN_TO_CHANGE, &id);
    if (code == EXIT_DONE)
        code = attach(opened.assistant, given, id);
    opened_close(&opened);
    return code;
}
