/*
 * objective X …: the command that `labwatch run` executes here. Notes in the file that CHAOS_JOURNAL names that it was
 * started and what it is about to answer, and prints its cost. It takes up to CHAOS_WORK_MS milliseconds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "cost.h"
#include "journal.h"

static const char *variable(const char *name) {
    const char *value = getenv(name);
    if (!value) {
        fprintf(stderr, "%s is not set\n", name);
        exit(1);
    }
    return value;
}

int main(int argc, char **argv) {
    if (argc < 2)
        return 2;
    chaos_journal journal;
    const char *token = variable("LABWATCH_ATTEMPT"), *run = variable("LABWATCH_RUN");
    double cost = chaos_cost(strtod(argv[1], NULL), token);
    chaos_journal_open(&journal, variable("CHAOS_JOURNAL"));
    chaos_journal_add(&journal, "\"op\": \"execute\", \"id\": %s, \"token\": \"%s\"", run, token);
    long work_ms = strtol(token + 26, NULL, 16) % strtol(variable("CHAOS_WORK_MS"), NULL, 10);
    nanosleep(&(struct timespec){.tv_sec = work_ms / 1000, .tv_nsec = work_ms % 1000 * 1000000}, NULL);
    chaos_journal_add(&journal, "\"op\": \"answer\", \"id\": %s, \"token\": \"%s\", \"cost\": %.17g", run, token, cost);
    printf("%.17g\n", cost);
    return 0;
}
