#include "bench_workers.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench_common.h"

enum { MOST_WORKERS = 256 };

static int ready[2], go[2], results[2];
static double began_cpu_s;

static double now_s(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Of the server, if LABWATCH_BENCH_SERVER names its process; else 0. */
static double server_cpu_s(void) {
    const char *process = getenv("LABWATCH_BENCH_SERVER");
    char path[64];
    unsigned long user = 0, system = 0;
    snprintf(path, sizeof path, "/proc/%.20s/stat", process ? process : "-");
    FILE *file = fopen(path, "r");
    if (!file)
        return 0;
    int n = fscanf(file, "%*d (%*[^)]) %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system);
    fclose(file);
    return n == 2 ? (double)(user + system) / (double)sysconf(_SC_CLK_TCK) : 0;
}

static void give_up(const char *what) {
    perror(what);
    exit(1);
}

/* Says that it is ready, and waits until all are. */
static void start(void) {
    char byte = 1;
    if (write(ready[1], &byte, 1) != 1)
        give_up("write");
    if (read(go[0], &byte, 1) != 0)
        give_up("read");
    began_cpu_s = cpu_seconds();
}

static void be_worker(int worker, bench_work_fn *work) {
    bench_tally tally = {0};
    close(go[1]);
    work(worker, start, &tally);
    tally.cpu_s = cpu_seconds() - began_cpu_s;
    if (write(results[1], &tally, sizeof tally) != sizeof tally)
        give_up("write");
    exit(0);
}

static void read_whole(int from, void *out, size_t size, const char *of) {
    if (read(from, out, size) != (ssize_t)size) {
        fprintf(stderr, "bench_store: a worker ended before it was %s\n", of);
        exit(1);
    }
}

static void add(bench_tally *total, const bench_tally *one) {
    total->cpu_s += one->cpu_s;
    total->done += one->done;
    total->tries += one->tries;
    total->fits += one->fits;
    total->repeats += one->repeats;
}

bench_tally bench_work(int workers, bench_work_fn *work) {
    bench_tally total = {0};
    fflush(stdout);
    if (workers < 1 || workers > MOST_WORKERS || pipe(ready) != 0 || pipe(go) != 0 || pipe(results) != 0)
        give_up("workers");
    for (int i = 0; i < workers; i++) {
        pid_t child = fork();
        if (child < 0)
            give_up("fork");
        if (child == 0)
            be_worker(i, work);
    }
    close(ready[1]);
    close(results[1]);
    char byte;
    for (int i = 0; i < workers; i++)
        read_whole(ready[0], &byte, 1, "ready");
    double began_s = now_s(), server_began_s = server_cpu_s();
    close(go[1]);
    for (int i = 0; i < workers; i++) {
        bench_tally one;
        read_whole(results[0], &one, sizeof one, "done");
        add(&total, &one);
    }
    total.seconds = now_s() - began_s;
    total.server_cpu_s = server_cpu_s() - server_began_s;
    for (int i = 0; i < workers; i++)
        wait(NULL);
    close(ready[0]);
    close(go[0]);
    close(results[0]);
    return total;
}

void bench_apart(bench_work_fn *work) {
    (void)bench_work(1, work);
}
