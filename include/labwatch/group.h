/**
 * Groups of processes: what embedding programs need that evaluate in worker processes of their own. (A runner's commands are
 * watched by the runner.) A group is what is in the leader's session, and what descends from it.
 */
#ifndef LABWATCH_GROUP_H
#define LABWATCH_GROUP_H

#include <stddef.h>
#include <stdint.h>

#include <labwatch/error.h>
#include <labwatch/export.h>

LW_BEGIN_DECLS

/**
 * In a process just forked: it leads a session of its own, without a terminal, gets SIGTERM when the thread that forked it ends, and by SIGTERM
 * ends with its process group (what has a session of its own is out of reach).
 * LW_EUNAVAILABLE: parent, the process id of who forked it, has ended already.
 */
LW_EXPORT int lw_group_lead(int64_t parent, lw_error *error);

/**
 * Memory of n groups in bytes, by their leaders' process ids; 0 for one that is gone. Resident sizes are summed, and only if that is
 * more than limit_bytes the shares of each process in shared pages (PSS), so that what was forked over one data set counts it once.
 * One reading of /proc for all: some milliseconds. LW_EUNSUPPORTED where /proc cannot be read.
 */
LW_EXPORT int lw_group_memory(const int64_t *leaders, size_t n, uint64_t limit_bytes, uint64_t *bytes, lw_error *error);

/** Sends all of a group a signal. What is gone is no error. LW_EINVAL: a leader below 2. LW_EUNSUPPORTED where /proc cannot be read. */
LW_EXPORT int lw_group_signal(int64_t leader, int signal, lw_error *error);

LW_END_DECLS

#endif
