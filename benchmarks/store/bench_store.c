/*
 * bench_store DATABASE MODE [WORKERS] [RUNS]: measures the MongoDB store on the server of LABWATCH_TEST_MONGO_URI, in
 * that database.
 */
#include <string.h>

#include "bench_common.h"
#include "bench_driver.h"
#include "bench_modes.h"

const char *bench_text(void) {
    return "experiment: cold\noptimizer: random\nseed: 1\n" TEN_PARAMETERS;
}

static int usage(void) {
    fprintf(stderr, "usage: bench_store DATABASE reserve|pairs|fits WORKERS RUNS\n"
                    "       bench_store DATABASE fill|catch-up RUNS\n"
                    "       bench_store DATABASE read|trips|experiment|drop\n");
    return 2;
}

int main(int argc, char **argv) {
    if (argc < 3)
        return usage();
    const char *mode = argv[2];
    int workers = argc > 3 ? atoi(argv[3]) : 0;
    int64_t runs = argc > 4 ? atoll(argv[4]) : argc > 3 ? atoll(argv[3]) : 0;
    bench_set_database(argv[1]);
    if (strcmp(mode, "experiment") == 0)
        printf("%s", bench_text());
    else if (strcmp(mode, "reserve") == 0 && argc == 5)
        bench_reserve(workers, runs);
    else if (strcmp(mode, "pairs") == 0 && argc == 5)
        bench_pairs_of_store(workers, runs);
    else if (strcmp(mode, "fits") == 0 && argc == 5)
        bench_fits(workers, runs);
    else if (strcmp(mode, "fill") == 0 && argc == 4)
        bench_fill(runs);
    else if (strcmp(mode, "catch-up") == 0 && argc == 4)
        bench_catch_up(runs);
    else if (strcmp(mode, "read") == 0 && argc == 3)
        bench_read_all();
    else if (strcmp(mode, "trips") == 0 && argc == 3)
        bench_trips();
    else if (strcmp(mode, "drop") == 0 && argc == 3)
        bench_drop();
    else
        return usage();
    return 0;
}
