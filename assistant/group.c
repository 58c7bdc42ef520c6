#include <labwatch/group.h>

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "process_group.h"

/* At once, whatever the process is doing. Its children inherit this, and do not lead. */
static void end_with_group(int number) {
    (void)signal(number, SIG_DFL);
    if (getpid() == getpgrp())
        (void)kill(0, number);
    else
        (void)raise(number);
}

int lw_group_lead(int64_t parent, lw_error *error) {
    (void)setsid(); /* fails only where it leads a group already */
    (void)signal(SIGTERM, end_with_group);
    if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0)
        return lw_error_set(error, LW_EUNSUPPORTED, "the kernel does not tell of the parent's end: %m");
    if ((int64_t)getppid() != parent)
        return lw_error_set(error, LW_EUNAVAILABLE, "process %lld, which this one was made for, has ended", (long long)parent);
    return LW_OK;
}

static int read_table(lw_process_table *table, lw_error *error) {
    *table = (lw_process_table){0};
    if (lw_process_table_read(table))
        return LW_OK;
    lw_process_table_release(table);
    return lw_error_set(error, LW_EUNSUPPORTED, "the processes of this machine cannot be seen: /proc cannot be read");
}

int lw_group_memory(const int64_t *leaders, size_t n, uint64_t limit_bytes, uint64_t *bytes, lw_error *error) {
    lw_process_table table;
    int code = read_table(&table, error);
    if (code != LW_OK)
        return code;
    for (size_t i = 0; i < n; i++) {
        lw_process_table_mark(&table, (pid_t)leaders[i]);
        bytes[i] = lw_process_table_memory(&table, limit_bytes);
    }
    lw_process_table_release(&table);
    return LW_OK;
}

int lw_group_signal(int64_t leader, int signal, lw_error *error) {
    if (leader <= 1) /* killpg means others by these */
        return lw_error_set(error, LW_EINVAL, "%lld is no process that leads a group", (long long)leader);
    lw_process_table table;
    int code = read_table(&table, error);
    if (code != LW_OK)
        return code;
    lw_process_table_mark(&table, (pid_t)leader);
    lw_process_table_signal_strays(&table, (pid_t)leader, signal);
    (void)killpg((pid_t)leader, signal); /* last, as the caller may be in it */
    lw_process_table_release(&table);
    return LW_OK;
}
