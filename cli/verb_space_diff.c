/* labwatch space diff: how two spaces differ. */
#include <stdio.h>

#include <labwatch/convert.h>
#include <labwatch/sys/memory.h>

#include "opening.h"
#include "say.h"

static int diff(const lw_space *a, const lw_space *b) {
    char *lines;
    lw_error error;
    if (lw_space_diff(&lines, a, b, &error) != LW_OK)
        return fail_with(&error);
    int code = *lines ? EXIT_FAILED : EXIT_DONE;
    size_t length = 0;
    for (; lines[length]; length++)
        fputc(lines[length], stdout);
    if (length && lines[length - 1] != '\n')
        fputc('\n', stdout);
    lw_free(lines);
    return code;
}

int verb_space_diff(const cli_arguments *given) {
    lw_experiment *a = NULL, *b = NULL;
    lw_space *space_a = NULL, *space_b = NULL;
    int code = read_experiment(&a, given->operands[0], false);
    if (code == EXIT_DONE)
        code = read_experiment(&b, given->operands[1], false);
    if (code == EXIT_DONE)
        space_a = chosen_space(a, given, &code);
    if (space_a)
        space_b = chosen_space(b, given, &code);
    if (space_b)
        code = diff(space_a, space_b);
    lw_experiment_free(a);
    lw_experiment_free(b);
    return code;
}
