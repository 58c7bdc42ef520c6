/*
 * quality_problems list                  name, mark and group of each problem, a line each
 * quality_problems describe NAME         its space as JSON
 * quality_problems configspace NAME      its space as ConfigSpace reads it, without constraints
 * quality_problems optimum NAME SEED     the lowest value of an instance; nan if it is not known
 * quality_problems serve NAME SEED       reads configurations as JSON, a line each, and answers each with a line
 *
 * That line is "COST VALUE", the cost as an optimizer may see it and the noiseless value, or "forbidden" where a constraint
 * forbids it (which is no evaluation). Values of parameters that are not active are passed over.
 */
#include "problems.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void must(int rc, const lw_error *error) {
    if (rc != LW_OK)
        quality_fail("%s", error->message);
}

static const char *mark(const quality_problem *problem) {
    return problem->test ? "test" : "dev";
}

static void list(void) {
    for (const quality_problem *p = quality_problems; p->name != NULL; p++)
        printf("%s %s %s\n", p->name, mark(p), p->group);
}

/** The space of a problem: that of seed 1's experiment, where real tasks need no data. */
static lw_space *space_of(const quality_problem *problem) {
    quality_problem bare = *problem;
    bare.make = NULL;
    quality_instance *instance = quality_instance_new(&bare, 1, NULL);
    lw_space *space = lw_space_retain(instance->space);
    quality_instance_free(instance);
    return space;
}

static void describe(const quality_problem *problem) {
    lw_space *space = space_of(problem);
    lw_error error;
    bson_t document;
    bson_init(&document);
    must(lw_space_to_document(space, &document, &error), &error);
    char *parameters = lw_document_to_json(&document, false);
    printf("{\"name\": \"%s\", \"mark\": \"%s\", \"group\": \"%s\", \"suite\": %d, ", problem->name, mark(problem),
           problem->group, QUALITY_SUITE);
    printf("\"constraints\": %zu, \"file\": %s}\n", lw_space_n_constraints(space), parameters);
    lw_free(parameters);
    bson_destroy(&document);
    lw_space_free(space);
}

static void configspace(const quality_problem *problem) {
    quality_problem unconstrained = *problem;
    char *end = problem->space != NULL ? strstr(problem->space, "constraints:") : NULL;
    char *text = end != NULL ? strndup(problem->space, (size_t)(end - problem->space)) : NULL;
    if (text != NULL)
        unconstrained.space = text;
    lw_space *space = space_of(&unconstrained);
    lw_error error;
    char *out = NULL;
    must(lw_space_write(&out, space, LW_FORMAT_CONFIGSPACE, &error), &error);
    puts(out);
    lw_free(out);
    lw_space_free(space);
    free(text);
}

/** Answers one line; true if it was an evaluation. */
static bool answer(const quality_instance *instance, const char *line, size_t length, uint64_t evaluation) {
    lw_error error;
    bson_t document;
    lw_config *config = NULL;
    must(lw_document_from_json(&document, line, length, &error), &error);
    int rc = lw_config_from_document(&config, instance->space, &document, LW_CONFIG_IGNORE_OTHERS, &error);
    bson_destroy(&document);
    if (rc == LW_EINVAL && strstr(error.message, "constraint") != NULL) {
        puts("forbidden");
        return false;
    }
    must(rc, &error);
    double value = quality_value(instance, config);
    printf("%.17g %.17g\n", quality_cost(instance, value, evaluation), value);
    lw_config_free(config);
    return true;
}

static void serve(const quality_problem *problem, uint64_t seed) {
    quality_instance *instance = quality_instance_new(problem, seed, NULL);
    char *line = NULL;
    size_t capacity = 0;
    uint64_t evaluations = 0;
    for (ssize_t length; (length = getline(&line, &capacity, stdin)) > 0;) {
        evaluations += answer(instance, line, (size_t)length, evaluations + 1);
        fflush(stdout);
    }
    free(line);
    quality_instance_free(instance);
}

int main(int argc, char **argv) {
    const char *verb = argc > 1 ? argv[1] : "";
    const quality_problem *problem = argc > 2 ? quality_problem_by_name(argv[2]) : NULL;
    if (argc > 2 && problem == NULL)
        quality_fail("there is no problem '%s'", argv[2]);
    uint64_t seed = argc > 3 ? strtoull(argv[3], NULL, 10) : 0;
    if (strcmp(verb, "list") == 0 && argc == 2)
        list();
    else if (strcmp(verb, "describe") == 0 && argc == 3)
        describe(problem);
    else if (strcmp(verb, "configspace") == 0 && argc == 3)
        configspace(problem);
    else if (strcmp(verb, "optimum") == 0 && argc == 4) {
        quality_instance *instance = quality_instance_new(problem, seed, NULL);
        printf("%.17g\n", instance->optimum);
        quality_instance_free(instance);
    } else if (strcmp(verb, "serve") == 0 && argc == 4)
        serve(problem, seed);
    else
        quality_fail("usage: quality_problems list | describe NAME | configspace NAME | optimum NAME SEED | "
                     "serve NAME SEED");
    return 0;
}
