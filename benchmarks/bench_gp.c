/*
 * bench_gp OPTIMIZER N SUGGESTIONS: N random results of six parameters, then SUGGESTIONS times suggest and update. Prints the mean CPU
 * milliseconds of a pair, everything included, and the largest memory of the process.
 * bench_gp rates N: what a factorisation of order N and a product of N x N matrices reach here, on one thread.
 */
#include "bench_common.h"
#include <math.h>
#include <string.h>
#include <sys/resource.h>

extern void openblas_set_num_threads(int n);
extern void dpotrf_(const char *uplo, const int *n, double *A, const int *lda, int *info, size_t);
extern void dgemm_(const char *trans_a, const char *trans_b, const int *m, const int *n, const int *k, const double *alpha,
                   const double *A, const int *lda, const double *B, const int *ldb, const double *beta, double *C,
                   const int *ldc, size_t, size_t);

enum { D = 6 };

static const char space_text[] = "experiment: gp\nspace:\n"
                                 "  x0: !UniformFloat [0, 1]\n  x1: !UniformFloat [0, 1]\n  x2: !UniformFloat [0, 1]\n"
                                 "  x3: !UniformFloat [0, 1]\n  x4: !UniformFloat [0, 1]\n  x5: !UniformFloat [0, 1]\n";

static double cost_of(const lw_config *config) {
    double sum = 0, ripple = 0;
    for (size_t i = 0; i < D; i++) {
        double x = lw_config_number(config, i) - 0.3;
        sum += (double)(i + 1) * x * x;
        ripple += sin(17 * x);
    }
    return -exp(-2 * sum) + 0.02 * ripple;
}

static void tell(lw_optimizer *optimizer, int64_t id, const lw_config *config, const bson_t *memo) {
    lw_error error;
    lw_observation observation;
    lw_observation_init(&observation);
    observation.run_id = id;
    observation.outcome = LW_COMPLETED;
    observation.config = config;
    observation.cost = cost_of(config);
    observation.memo = memo;
    must(lw_optimizer_update(optimizer, &observation, 1, &error), &error);
}

static void tell_random(lw_optimizer *optimizer, const lw_space *space, int64_t n) {
    lw_error error;
    lw_stream stream;
    lw_config *config = NULL;
    must(lw_config_new(&config, space, &error), &error);
    for (int64_t id = 1; id <= n; id++) {
        lw_stream_init(&stream, 1, LW_PURPOSE_SAMPLE, (uint64_t)id, 0);
        must(lw_config_sample(config, &stream, &error), &error);
        tell(optimizer, id, config, NULL);
    }
    lw_config_free(config);
}

static double seconds_of_pairs(lw_optimizer *optimizer, int64_t first, int64_t n) {
    lw_error error;
    double start = cpu_seconds();
    for (int64_t id = first; id < first + n; id++) {
        lw_question question = {.number = (uint64_t)id};
        lw_suggestion suggestion;
        must(lw_optimizer_suggest_configuration(optimizer, &question, &suggestion, &error), &error);
        tell(optimizer, id, suggestion.config, suggestion.memo);
        lw_suggestion_release(&suggestion);
    }
    return cpu_seconds() - start;
}

static void print_rates(int n) {
    const double one = 1, zero = 0;
    size_t size = (size_t)n * (size_t)n;
    double *A = calloc(size, sizeof *A), *B = calloc(size, sizeof *B), *C = calloc(size, sizeof *C);
    openblas_set_num_threads(1);
    for (size_t i = 0; i < size; i++) {
        A[i] = 1.0 / (1 + (double)(i % 97));
        B[i] = i % ((size_t)n + 1) == 0 ? 2 : 1e-4;
    }
    double start = cpu_seconds();
    for (int k = 0; k < 5; k++)
        dgemm_("N", "N", &n, &n, &n, &one, A, &n, A, &n, &zero, C, &n, 1, 1);
    double product = (cpu_seconds() - start) / 5, factor = 0;
    for (int k = 0; k < 5; k++) {
        int info = 0;
        memcpy(C, B, size * sizeof *C);
        start = cpu_seconds();
        dpotrf_("U", &n, C, &n, &info, 1);
        factor += (cpu_seconds() - start) / 5;
    }
    double cube = (double)n * (double)n * (double)n;
    printf("dgemm_gflops %.1f dpotrf_gflops %.1f dpotrf_ms %.2f\n", 2e-9 * cube / product, 1e-9 * cube / 3 / factor, 1e3 * factor);
    free(A);
    free(B);
    free(C);
}

int main(int argc, char **argv) {
    if (argc < 3) {
        fprintf(stderr, "usage: bench_gp OPTIMIZER N SUGGESTIONS | bench_gp rates N\n");
        return 2;
    }
    if (strcmp(argv[1], "rates") == 0) {
        print_rates(atoi(argv[2]));
        return 0;
    }
    lw_error error;
    int64_t n = atoll(argv[2]), suggestions = argc > 3 ? atoll(argv[3]) : 20;
    lw_experiment *experiment = parse_experiment(space_text, strlen(space_text));
    lw_optimizer *optimizer = NULL;
    must(lw_optimizer_new(&optimizer, argv[1], NULL, experiment->spaces[0], 1, NULL, &error), &error);
    tell_random(optimizer, experiment->spaces[0], n);
    double seconds = seconds_of_pairs(optimizer, n + 1, suggestions);
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("pair_ms %.2f rss_mb %.1f\n", 1e3 * seconds / (double)suggestions, (double)usage.ru_maxrss / 1024);
    lw_optimizer_free(optimizer);
    lw_experiment_free(experiment);
    return 0;
}
