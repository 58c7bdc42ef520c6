/**
 * A run at rest: what it differs in from a pattern, in one piece of memory. Runs of one experiment have most of their
 * members alike, and whoever keeps hundreds of thousands of them would spend more time on getting memory than on
 * everything else.
 */
#ifndef LABWATCH_RUN_PACK_H
#define LABWATCH_RUN_PACK_H

#include "run_members.h"

/** Any run is a pattern, if it only stays as it was: a pack is of use only with the pattern that it was made with. */
typedef struct run_pack run_pack;

/** A run out of its pack. Not to be moved: the run's documents lie in it. */
typedef struct run_unpacked {
    lw_run run;
    bson_t views[RUN_N_DOCUMENTS];
} run_unpacked;

/** Free it with lw_free. NULL when out of memory. */
run_pack *run_pack_new(const lw_run *run, const lw_run *pattern);

/** For reading: everything lies in the pack and the pattern, and nothing is to be released. */
void run_unpack(const run_pack *pack, const lw_run *pattern, run_unpacked *out);

/**
 * To be changed as a lw_run_modify_fn changes runs; lw_run_release the run. Documents still lie in the pack and the
 * pattern, until they are replaced. LW_ENOMEM.
 */
int run_unpack_to_change(const run_pack *pack, const lw_run *pattern, run_unpacked *out, lw_error *error);

#endif
