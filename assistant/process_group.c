#include "process_group.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <labwatch/sys/memory.h>

void lw_process_table_release(lw_process_table *table) {
    lw_free(table->entries);
    *table = (lw_process_table){0};
}

/** Reads a small file of /proc as 0-terminated text; what does not fit is left out. False with errno, 0 if it is empty. */
static bool read_small_file(int directory, const char *path, char *out, size_t size) {
    int file = openat(directory, path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return false;
    size_t length = 0;
    ssize_t got = 0;
    errno = 0;
    while (length < size - 1 && (got = read(file, out + length, size - 1 - length)) > 0)
        length += (size_t)got;
    int problem = errno;
    (void)close(file);
    errno = problem;
    out[length] = 0;
    return got >= 0 && length > 0;
}

/** Reads /proc/ID/stat. The name in it may hold anything, also parentheses, so what follows the last one counts. */
static bool read_entry(int proc, const char *id, lw_process_entry *out) {
    char path[64], text[1024];
    (void)snprintf(path, sizeof path, "%.20s/stat", id);
    if (!read_small_file(proc, path, text, sizeof text))
        return false;
    static const char format[] = " %c %d %d %d" /* state, parent, group, session */
                                 " %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %ld";
    const char *fields = strrchr(text, ')');
    long resident_pages;
    *out = (lw_process_entry){.id = (pid_t)strtol(id, NULL, 10)};
    if (!fields || sscanf(fields + 1, format, &out->state, &out->parent, &out->group, &out->session, &resident_pages) != 5)
        return false;
    if (resident_pages > 0)
        out->resident_bytes = (uint64_t)resident_pages * (uint64_t)sysconf(_SC_PAGESIZE);
    return true;
}

static int compare_ids(const void *a, const void *b) {
    pid_t first = ((const lw_process_entry *)a)->id, second = ((const lw_process_entry *)b)->id;
    return (first > second) - (first < second);
}

static bool read_entries(lw_process_table *table, DIR *proc) {
    for (struct dirent *item; (item = readdir(proc));) {
        lw_process_entry entry;
        if (item->d_name[0] < '1' || item->d_name[0] > '9' || !read_entry(dirfd(proc), item->d_name, &entry))
            continue;
        if (!lw_array_reserve(&table->entries, &table->capacity, table->count, sizeof entry))
            return false;
        table->entries[table->count++] = entry;
    }
    return table->count > 0;
}

bool lw_process_table_read(lw_process_table *table) {
    table->count = 0;
    DIR *proc = opendir("/proc");
    if (!proc)
        return false;
    bool complete = read_entries(table, proc);
    (void)closedir(proc);
    if (!complete) {
        table->count = 0;
        return false;
    }
    qsort(table->entries, table->count, sizeof *table->entries, compare_ids);
    return true;
}

static bool is_member(const lw_process_table *table, pid_t id) {
    lw_process_entry key = {.id = id};
    const lw_process_entry *found =
        bsearch(&key, table->entries, table->count, sizeof *table->entries, compare_ids);
    return found && found->member;
}

/** Marks children of marked ones; false when there was none left to mark. */
static bool mark_children(lw_process_table *table) {
    bool marked = false;
    for (size_t i = 0; i < table->count; i++) {
        lw_process_entry *entry = &table->entries[i];
        if (!entry->member && is_member(table, entry->parent))
            marked = entry->member = true;
    }
    return marked;
}

static bool is_alive(const lw_process_entry *entry) {
    return entry->state != 'Z' && entry->state != 'X';
}

size_t lw_process_table_mark(lw_process_table *table, pid_t leader) {
    for (size_t i = 0; i < table->count; i++)
        table->entries[i].member = table->entries[i].session == leader || table->entries[i].id == leader;
    while (mark_children(table))
        ;
    size_t alive = 0;
    for (size_t i = 0; i < table->count; i++)
        alive += table->entries[i].member && is_alive(&table->entries[i]);
    return alive;
}

void lw_process_table_signal_strays(const lw_process_table *table, pid_t leader, int signal) {
    for (size_t i = 0; i < table->count; i++) {
        const lw_process_entry *entry = &table->entries[i];
        if (entry->member && is_alive(entry) && entry->group != leader)
            (void)kill(entry->id, signal);
    }
}

/** Whether a process whose file could not be opened or read with that errno has ended. Old kernels lack the file. */
static bool has_ended(pid_t id, int problem) {
    return problem == ESRCH || (problem == ENOENT && kill(id, 0) != 0 && errno == ESRCH);
}

/** Pss of /proc/ID/smaps_rollup in bytes. */
static uint64_t share_of(const lw_process_entry *entry) {
    char path[64], text[2048];
    (void)snprintf(path, sizeof path, "/proc/%d/smaps_rollup", (int)entry->id);
    if (!read_small_file(AT_FDCWD, path, text, sizeof text))
        return has_ended(entry->id, errno) ? 0 : entry->resident_bytes;
    const char *line = strstr(text, "\nPss:");
    unsigned long long kilobytes;
    bool has_share = line && sscanf(line + 5, "%llu", &kilobytes) == 1;
    return has_share ? (uint64_t)kilobytes * 1024 : entry->resident_bytes;
}

uint64_t lw_process_table_memory(const lw_process_table *table, uint64_t limit) {
    uint64_t resident = 0, shares = 0;
    for (size_t i = 0; i < table->count; i++)
        if (table->entries[i].member)
            resident += table->entries[i].resident_bytes;
    if (resident <= limit)
        return resident;
    for (size_t i = 0; i < table->count; i++)
        if (table->entries[i].member && is_alive(&table->entries[i]))
            shares += share_of(&table->entries[i]);
    return shares;
}
