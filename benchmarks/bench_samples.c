/*
 * bench_samples SAMPLES: samples a CPU second from a space of 1,000 parameters: groups of ten, of which nine are active only under one
 * choice of the first.
 */
#include "bench_common.h"
#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

int main(int argc, char **argv) {
    uint64_t samples = argc > 1 ? strtoull(argv[1], NULL, 10) : 2000;
    lw_text text = {0};
    lw_text_add(&text, "experiment: samples\nspace:\n");
    for (int group = 0; group < 100; group++) {
        lw_text_format(&text, "  g%d: !Categorical [a, b, c]\n", group);
        for (int i = 1; i < 10; i++)
            lw_text_format(&text, "  g%dx%d: !UniformFloat {lower: 1e-3, upper: 10, log_scale: true, when: {g%d: %c}}\n", group,
                           i, group, "abc"[i % 3]);
    }
    lw_experiment *experiment = parse_experiment(text.bytes, text.length);
    lw_config *config = NULL;
    lw_error error;
    must(lw_config_new(&config, experiment->spaces[0], &error), &error);
    double start = cpu_seconds();
    for (uint64_t i = 0; i < samples; i++) {
        lw_stream stream;
        lw_stream_init(&stream, 1, LW_PURPOSE_SAMPLE, i, 0);
        must(lw_config_sample(config, &stream, &error), &error);
    }
    printf("samples_per_s %.0f\n", (double)samples / (cpu_seconds() - start));
    lw_config_free(config);
    lw_experiment_free(experiment);
    lw_text_release(&text);
    return 0;
}
