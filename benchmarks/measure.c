/*
 * measure COUNT COMMAND…: runs the command COUNT times, its output thrown away, and prints the CPU time (user and system, of it and
 * its children) and the largest resident memory of the whole process: "cpu_ms MIN MEDIAN MAX rss_mb MAX".
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static double milliseconds(struct timeval t) { return (double)t.tv_sec * 1e3 + (double)t.tv_usec / 1e3; }

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static int run_once(char **command, struct rusage *usage) {
    pid_t child = fork();
    if (child < 0)
        return -1;
    if (child == 0) {
        int null = open("/dev/null", O_RDWR);
        dup2(null, STDIN_FILENO);
        dup2(null, STDOUT_FILENO);
        execvp(command[0], command);
        perror(command[0]);
        _exit(127);
    }
    int status = 0;
    if (wait4(child, &status, 0, usage) != child)
        return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int main(int argc, char **argv) {
    int count = argc > 2 ? atoi(argv[1]) : 0;
    if (count < 1) {
        fprintf(stderr, "usage: measure COUNT COMMAND…\n");
        return 2;
    }
    double *cpu_ms = calloc((size_t)count, sizeof *cpu_ms);
    long rss_kb = 0;
    for (int i = 0; cpu_ms != NULL && i < count; i++) {
        struct rusage usage;
        int code = run_once(argv + 2, &usage);
        if (code != 0) {
            fprintf(stderr, "measure: '%s' ended with %d\n", argv[2], code);
            free(cpu_ms);
            return 1;
        }
        cpu_ms[i] = milliseconds(usage.ru_utime) + milliseconds(usage.ru_stime);
        rss_kb = usage.ru_maxrss > rss_kb ? usage.ru_maxrss : rss_kb;
    }
    if (cpu_ms == NULL)
        return 1;
    qsort(cpu_ms, (size_t)count, sizeof *cpu_ms, by_value);
    printf("cpu_ms %.2f %.2f %.2f rss_mb %.1f\n", cpu_ms[0], cpu_ms[count / 2], cpu_ms[count - 1], (double)rss_kb / 1024);
    free(cpu_ms);
    return 0;
}
