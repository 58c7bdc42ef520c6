/**
 * What a runner consists of, for the files that make it up:
 *
 * - runner.c: setting up and taking down; the public functions
 * - runner_loop.c: one turn after the other, until there is a reason to end
 * - runner_take.c: taking runs, and what to do when there is none to take
 * - runner_child.c: from an assignment to a child: words, environment, files
 * - runner_files.c: configurations and result files, in a private folder
 * - runner_keep.c: the sources and files that are kept with a run
 * - runner_result.c: from an ended child to a result
 * - runner_record.c: what becomes of a result: the store, or the spool
 * - runner_beats.c: beats, and runs that were lost to others
 * - runner_news.c: progress and warnings
 */
#ifndef LW_RUNNER_INTERNAL_H
#define LW_RUNNER_INTERNAL_H

#include <labwatch/runner.h>

#include "catch_up.h"
#include "checkpoint.h"
#include "command_words.h"
#include "file_list.h"
#include "private_folder.h"
#include "process.h"
#include "result_text.h"

/** A slot, and the run in it. */
typedef struct lw_runner_child {
    int slot; /**< from 0 */
    bool used;
    bool lost; /**< the run is someone else's now */
    lw_assignment run;
    lw_process *process; /**< borrowed until it is handed out */
    char *config_path;
    char *result_path;
    char *artifacts_path; /**< a folder */
    char *checkpoint; /**< folder; NULL: none */
    double next_beat_s;   /**< by the assistant's clock */
    double next_output_s; /**< when a beat may carry output again */
    uint64_t output_told; /**< how much output the store has seen */
} lw_runner_child;

/** Why nothing can be taken at the moment. */
typedef enum lw_runner_lull {
    LW_LULL_NONE,
    LW_LULL_GIVEN_OUT, /**< budget reached or space exhausted: others may still give something back */
    LW_LULL_PAUSED,
    LW_LULL_AWAY /**< the store is away, or this machine has no room for another child */
} lw_runner_lull;

typedef struct lw_runner {
    lw_assistant *assistant;
    const lw_experiment *experiment;
    const lw_runner_setup *setup;
    lw_runner_summary *summary;
    const lw_clock *clock; /**< the assistant's */
    char *identity;        /**< of the store, in the spool; NULL: results cannot be spooled */
    lw_words command;
    lw_file_list sources;
    lw_result_pattern *pattern; /**< NULL without a regular expression */
    lw_process_set *set;
    lw_private_folder folder;  /**< none until it is needed */
    lw_checkpoints checkpoints;
    bool told_no_checkpoints;
    lw_runner_child *children; /**< one for each slot */
    int jobs;
    int running;

    lw_stop stop;      /**< the hardest that was asked for so far */
    bool terminated;   /**< the children have been told to end */
    bool killed;       /**< and did not get the time for it */
    bool requeues;     /**< and their runs go back to the queue */
    double deadline_s; /**< nothing new is taken afterwards; INFINITY without */

    lw_runner_lull lull;
    double lull_length_s; /**< grows while it lasts */
    double next_take_s;   /**< real time */
    bool waiting;         /**< for runs that others hold */

    bool ending;            /**< take nothing new: there is a reason to end, in summary or failure */
    lw_error failure;       /**< code LW_OK: none */
    int crashes_in_a_row;   /**< each within a moment of its start */
    bool only_one;          /**< lw_runner_exec */
    lw_error last_sentence; /**< how the last run failed, for lw_runner_exec */

    lw_standing standing;
    double standing_s;      /**< real time at which it was read; -INFINITY: not yet */
    bool warned_away;       /**< until the store is back */
    bool writing_failed;    /**< warned_away, and it was a write: a full disk can be read all the same */
    bool told_no_file;      /**< that a run left none that the experiment names */
    lw_id_list spooled;     /**< runs whose results this runner has put into the spool */
    bool told_stays;        /**< that the store, which is there, does not take a result of the spool */
    int64_t in_spool;       /**< results of whomever for this store and experiment */
    double next_delivery_s; /**< real time; of what is spooled */
    double next_tick_s;     /**< real time */
} lw_runner;

/** Frees what the members own, and ends children that are left. */
void lw_runner_release(lw_runner *runner);

/** Turns until it is time to end. */
int lw_runner_loop(lw_runner *runner, lw_error *error);

/** Remembers a failure that ends the runner, once its children have ended. The first one counts. */
void lw_runner_fail(lw_runner *runner, const lw_error *error);
/** Remembers a reason to end that is no failure. The first one counts. */
void lw_runner_end(lw_runner *runner, int why, const char *sentence);
/** Puts why and the sentence, cut to its size, into the summary. */
void lw_runner_say_why(const lw_runner *runner, int why, const char *format, ...) LW_PRINTF(3, 4);

/** Whether another run is wanted: nothing speaks against it, and a slot is free. */
bool lw_runner_wants_more(const lw_runner *runner);
/** Takes one run and starts it, or finds out why there is none. */
void lw_runner_take(lw_runner *runner);
/** Begins or prolongs a lull: the next try to take comes after a pause that grows up to the longest. */
void lw_runner_begin_lull(lw_runner *runner, lw_runner_lull lull, double longest_s);
void lw_runner_end_lull(lw_runner *runner);

/** Checks that every placeholder of the command stands for something in the space (NULL: the first). */
int lw_runner_check_command(const lw_runner *runner, const char *space, lw_error *error);
/** Starts the command for an assignment, which it takes over, in the lowest free slot. What went wrong is dealt with
 * here. */
void lw_runner_start(lw_runner *runner, lw_assignment *run);
/** Empties a slot and removes its files. */
void lw_runner_clear(lw_runner *runner, lw_runner_child *child);

/** Makes the paths of the child's files, and writes its configuration. */
int lw_runner_files_make(lw_runner *runner, lw_runner_child *child, lw_error *error);
void lw_runner_files_remove(lw_runner_child *child);
/** Makes the child's checkpoint folder, or takes over what an earlier attempt left in it. */
int lw_runner_checkpoint_make(lw_runner *runner, lw_runner_child *child, lw_error *error);
/** The child's run has its outcome. */
void lw_runner_checkpoint_remove(lw_runner *runner, const lw_runner_child *child);

/** The experiment's patterns for a child, filled in; what is filled in stands for itself. *out is yours, on success. */
int lw_runner_fill_patterns(const lw_runner *runner, const lw_runner_child *child, const char *const *patterns,
                            lw_words *out, lw_error *error);

/** Finds the files that the experiment names as its sources. LW_EINVAL: some of them are not there. */
int lw_runner_find_sources(lw_runner *runner, lw_error *error);
/** Keeps them with the child's run. What cannot be kept is a warning, as is what the next one cannot keep. */
void lw_runner_keep_sources(lw_runner *runner, const lw_runner_child *child);
/** Keeps the files that an ended child has left. */
void lw_runner_keep_artifacts(lw_runner *runner, const lw_runner_child *child, bool completed);

/** A result with what it borrows from. */
typedef struct lw_runner_result {
    lw_result result;
    lw_text captured_out;
    bson_t *document; /**< NULL */
    bson_t *info;     /**< NULL */
    char reason[768];
} lw_runner_result;

/** What an ended child's run came to. LW_ENOMEM. *out is initialised here and yours to release, also on failure. */
int lw_runner_result_of(const lw_runner *runner, const lw_runner_child *child, lw_runner_result *out, lw_error *error);
void lw_runner_result_release(lw_runner_result *result);

/** A child that was handed out: decides what becomes of its run, and empties its slot. */
void lw_runner_finish(lw_runner *runner, lw_process *process);
/** Records a result of a run that is in a slot: in the store, or in the spool. */
void lw_runner_record(lw_runner *runner, lw_runner_child *child, const lw_result *result);
/** Gives a run back to the queue; a failure to do so is a warning. Says whether it went back. */
bool lw_runner_give_back(lw_runner *runner, const lw_assignment *run);
/** Delivers what the spool has, if it is time to try; now: it is. */
void lw_runner_deliver(lw_runner *runner, bool now);

/** Beats for all children at once when it is time for one of them, and ends those whose run is lost. */
void lw_runner_beat(lw_runner *runner);
/** Seconds until the next beat is due; INFINITY without children. */
double lw_runner_beat_due(const lw_runner *runner);

void lw_runner_warn(const lw_runner *runner, const char *format, ...) LW_PRINTF(2, 3);
/** Warns that the store is away, once until it is back; writing: it does not take something, whatever can be read. */
void lw_runner_warn_away(lw_runner *runner, bool writing, const lw_error *error);
/**
 * The store has done something: wrote says that it was no mere reading. Says that it is back, if it was away, and what
 * failed works again: writing, where that failed, and taking the results that wait in the spool.
 */
void lw_runner_store_worked(lw_runner *runner, bool wrote);
/** Reads the standing anew if it is older than that; keeps the old one where the store is away. */
void lw_runner_refresh(lw_runner *runner, double age_s);
void lw_runner_tell_started(lw_runner *runner, const lw_assignment *run);
/** What became of a run: outcome, failure, value and reason of result. */
void lw_runner_tell_ended(lw_runner *runner, const lw_assignment *run, const lw_result *result);
/** A run is no longer this runner's, without a result. */
void lw_runner_tell_let_go(lw_runner *runner, const lw_assignment *run, const char *why);
void lw_runner_tell_time(lw_runner *runner);

#endif
