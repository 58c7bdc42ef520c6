/* bench_read LINES: CPU milliseconds to read an experiment file of that many lines, a parameter each, median of nine. */
#include "bench_common.h"
#include <labwatch/sys/text.h>

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv) {
    int lines = argc > 1 ? atoi(argv[1]) : 10000;
    lw_text text = {0};
    lw_text_add(&text, "experiment: long\nspace:\n");
    for (int i = 2; i < lines; i++)
        lw_text_format(&text, "  parameter_%d: !UniformFloat {lower: 1e-3, upper: 10, log_scale: true}   # of many\n", i);
    double ms[9];
    for (int k = 0; k < 9; k++) {
        double start = cpu_seconds();
        lw_experiment_free(parse_experiment(text.bytes, text.length));
        ms[k] = (cpu_seconds() - start) * 1e3;
    }
    qsort(ms, 9, sizeof *ms, by_value);
    printf("read_ms %.2f\n", ms[4]);
    lw_text_release(&text);
    return 0;
}
