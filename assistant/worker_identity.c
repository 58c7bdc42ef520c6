#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "document_access.h"
#include "worker_identity.h"

/* ---- what the system tells ---- */

/* The beginning of a small file; "" if it cannot be read. */
static void read_file(const char *path, char *out, size_t size) {
    out[0] = '\0';
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    size_t length = 0;
    while (length < size - 1) {
        ssize_t got = read(fd, out + length, size - 1 - length);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        length += (size_t)got;
    }
    out[length] = '\0';
    close(fd);
}

static void read_word(const char *path, char *out, size_t size) {
    read_file(path, out, size);
    out[strcspn(out, " \t\r\n")] = '\0';
}

typedef struct process_status {
    char state;      /* 'Z' and 'X' are dead */
    int64_t started; /* in ticks since boot */
} process_status;

/* The second field of /proc/PID/stat is a name in parentheses that may contain anything, so counting begins behind the last one. */
static bool process_read(int64_t pid, process_status *out) {
    enum { FIELD_OF_START = 22, FIELD_OF_STATE = 3 };
    char path[64];
    char text[1024];
    snprintf(path, sizeof path, "/proc/%lld/stat", (long long)pid);
    read_file(path, text, sizeof text);
    char *at = strrchr(text, ')');
    if (!at || at[1] != ' ' || at[2] == '\0')
        return false;
    at += 2;
    out->state = *at;
    for (int field = FIELD_OF_STATE; field < FIELD_OF_START; field++) {
        at = strchr(at, ' ');
        if (!at)
            return false;
        at++;
    }
    out->started = (int64_t)strtoll(at, NULL, 10);
    return true;
}

void lw_worker_identity_of_self(lw_worker_identity *out) {
    *out = (lw_worker_identity){.pid = (int64_t)getpid()};
    if (gethostname(out->host, sizeof out->host - 1) != 0)
        snprintf(out->host, sizeof out->host, "localhost");
    out->host[sizeof out->host - 1] = '\0';
    read_word("/etc/machine-id", out->machine, sizeof out->machine);
    read_word("/proc/sys/kernel/random/boot_id", out->boot, sizeof out->boot);
    ssize_t length = readlink("/proc/self/ns/pid", out->pid_namespace, sizeof out->pid_namespace - 1);
    out->pid_namespace[length > 0 ? length : 0] = '\0';
    process_status status;
    if (process_read(out->pid, &status))
        out->started = status.started;
}

/* ---- documents ---- */

bson_t *lw_worker_document(const lw_worker_identity *self, bool process, double held_from_s, int32_t died) {
    bson_t *out = bson_new();
    bson_append_utf8(out, "host", -1, self->host, -1);
    bson_append_utf8(out, "machine", -1, self->machine, -1);
    bson_append_utf8(out, "boot", -1, self->boot, -1);
    if (process) {
        bson_append_utf8(out, "pid_namespace", -1, self->pid_namespace, -1);
        bson_append_int64(out, "pid", -1, self->pid);
        bson_append_int64(out, "started", -1, self->started);
    } else {
        bson_append_double(out, "held_from", -1, held_from_s);
    }
    if (died > 0)
        bson_append_int32(out, "died", -1, died);
    return out;
}

static const char *text_of(const bson_t *document, const char *field) {
    bson_iter_t at;
    const char *text = NULL;
    if (bson_iter_init_find(&at, document, field))
        text = lw_document_text(&at, NULL);
    return text ? text : "";
}

static bool integer_of(const bson_t *document, const char *field, int64_t *out) {
    bson_iter_t at;
    return bson_iter_init_find(&at, document, field) && lw_document_integer(&at, out);
}

int32_t lw_worker_died_before(const bson_t *worker) {
    int64_t died;
    if (!worker || !integer_of(worker, "died", &died) || died < 0)
        return 0;
    return died > INT32_MAX ? INT32_MAX : (int32_t)died;
}

double lw_worker_held_from(const bson_t *worker) {
    bson_iter_t at;
    double held_from;
    if (!worker || !bson_iter_init_find(&at, worker, "held_from") || !lw_document_number(&at, &held_from))
        return (double)NAN;
    return held_from;
}

/* ---- is it still there? ---- */

static lw_worker_state look_at_process(const bson_t *worker, int64_t pid) {
    process_status status;
    int64_t started = 0;
    integer_of(worker, "started", &started);
    if (process_read(pid, &status)) {
        bool dead = status.state == 'Z' || status.state == 'X' || (started != 0 && status.started != started);
        return dead ? LW_WORKER_GONE : LW_WORKER_HERE;
    }
    /* Where /proc hides other people's processes, a signal that is never sent still tells. */
    return kill((pid_t)pid, 0) != 0 && errno == ESRCH ? LW_WORKER_GONE : LW_WORKER_HERE;
}

bool lw_worker_has_process(const bson_t *worker) {
    return worker && bson_has_field(worker, "pid");
}

lw_worker_state lw_worker_look(const lw_worker_identity *self, const bson_t *worker) {
    if (!worker || self->boot[0] == '\0')
        return LW_WORKER_UNKNOWN;
    if (strcmp(text_of(worker, "host"), self->host) != 0 || strcmp(text_of(worker, "machine"), self->machine) != 0)
        return LW_WORKER_UNKNOWN;
    const char *boot = text_of(worker, "boot");
    int64_t pid;
    bool process = integer_of(worker, "pid", &pid) && pid > 0;
    if (strcmp(boot, self->boot) != 0) {
        /* Containers that share a host's name and machine-id share its boot as well: another boot has ended. */
        return process && boot[0] != '\0' ? LW_WORKER_GONE : LW_WORKER_UNKNOWN;
    }
    if (!process)
        return LW_WORKER_HOLDER;
    if (strcmp(text_of(worker, "pid_namespace"), self->pid_namespace) != 0)
        return LW_WORKER_UNKNOWN;
    return look_at_process(worker, pid);
}

/* ---- Sacred's host ---- */

/* "model name : Intel(R) …" of the first processor. */
static void processor_name(char *out, size_t size) {
    char text[2048];
    out[0] = '\0';
    read_file("/proc/cpuinfo", text, sizeof text);
    const char *line = strstr(text, "model name");
    const char *colon = line ? strchr(line, ':') : NULL;
    if (!colon)
        return;
    colon += strspn(colon, ": \t");
    size_t length = strcspn(colon, "\n");
    snprintf(out, size, "%.*s", (int)(length < size ? length : size - 1), colon);
}

bson_t *lw_worker_host_document(const lw_worker_identity *self) {
    bson_t *out = bson_new();
    struct utsname system;
    char cpu[128];
    bson_append_utf8(out, "hostname", -1, self->host, -1);
    if (uname(&system) == 0) {
        char release[sizeof system.sysname + sizeof system.release + sizeof system.machine + 2];
        snprintf(release, sizeof release, "%s-%s-%s", system.sysname, system.release, system.machine);
        bson_t os;
        bson_append_array_begin(out, "os", -1, &os);
        bson_append_utf8(&os, "0", 1, system.sysname, -1);
        bson_append_utf8(&os, "1", 1, release, -1);
        bson_append_array_end(out, &os);
    }
    processor_name(cpu, sizeof cpu);
    if (cpu[0] != '\0')
        bson_append_utf8(out, "cpu", -1, cpu, -1);
    return out;
}
