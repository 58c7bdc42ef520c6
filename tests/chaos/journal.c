#include "journal.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void fail(const char *what) {
    perror(what);
    exit(1);
}

void chaos_journal_open(chaos_journal *journal, const char *path) {
    journal->file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (journal->file < 0)
        fail(path);
}

void chaos_journal_add(const chaos_journal *journal, const char *members, ...) {
    char line[4096];
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    int begin = snprintf(line, sizeof line, "{\"t\": %lld%09ld, ", (long long)now.tv_sec, now.tv_nsec);
    va_list arguments;
    va_start(arguments, members);
    int length = begin + vsnprintf(line + begin, sizeof line - (size_t)begin, members, arguments);
    va_end(arguments);
    if (length + 3 > (int)sizeof line) {
        fputs("a line of the journal is too long\n", stderr);
        exit(1);
    }
    memcpy(line + length, "}\n", 2);
    if (write(journal->file, line, (size_t)length + 2) != length + 2 || fsync(journal->file) != 0)
        fail("journal");
}
