/* labwatch space check: everything that is wrong with files. */
#include <stdio.h>
#include <string.h>

#include "opening.h"
#include "say.h"

/* Counting goes through the configurations one by one. */
enum { COUNT_LIMIT = 100000 };

static size_t count_leaves(const bson_t *document) {
    size_t n = 0;
    bson_iter_t iter;
    if (!bson_iter_init(&iter, document))
        return 0;
    while (bson_iter_next(&iter)) {
        uint32_t length;
        const uint8_t *bytes;
        bson_t child;
        if (BSON_ITER_HOLDS_DOCUMENT(&iter)) {
            bson_iter_document(&iter, &length, &bytes);
            n += bson_init_static(&child, bytes, length) ? count_leaves(&child) : 0;
        } else {
            n++;
        }
    }
    return n;
}

static void print_count(size_t n, const char *one, const char *many) {
    printf(", %zu %s", n, n == 1 ? one : many);
}

static void print_space(const lw_space *space) {
    size_t d = lw_space_n_parameters(space);
    printf("  space %s: %zu %s", lw_space_name(space), d, d == 1 ? "parameter" : "parameters");
    size_t constants = count_leaves(lw_space_constants(space));
    if (constants)
        print_count(constants, "constant", "constants");
    if (lw_space_n_constraints(space))
        print_count(lw_space_n_constraints(space), "constraint", "constraints");
    uint64_t count;
    if (lw_space_count(space, COUNT_LIMIT, &count, NULL) != LW_OK)
        out_of_memory();
    if (count != UINT64_MAX)
        print_count((size_t)count, "configuration", "configurations");
    printf("\n");
}

static int check(const char *path, bool quiet) {
    lw_experiment *experiment = NULL;
    int code = read_experiment(&experiment, path, true);
    if (code == EXIT_DONE)
        code = check_optimizer(experiment);
    if (code == EXIT_DONE && !quiet) {
        printf("%s: ok\n", strcmp(path, "-") == 0 ? "standard input" : path);
        for (size_t i = 0; i < experiment->n_spaces; i++)
            print_space(experiment->spaces[i]);
    }
    lw_experiment_free(experiment);
    return code;
}

int verb_space_check(const cli_arguments *given) {
    int worst = EXIT_DONE;
    for (size_t i = 0; i < given->n_operands; i++) {
        int code = check(given->operands[i], option_given(given, "quiet"));
        worst = code > worst ? code : worst;
    }
    return worst;
}
