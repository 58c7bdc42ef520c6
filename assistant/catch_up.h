/**
 * Catching up: the narrow rows of a store become observations in an optimizer's history.
 *
 * Outcomes are only ever added, so catching up reads the runs above the highest id seen, and those that may still get an outcome; when the
 * experiment's epoch has changed, everything is read anew.
 */
#ifndef LABWATCH_CATCH_UP_H
#define LABWATCH_CATCH_UP_H

#include <labwatch/experiment.h>
#include <labwatch/optimizer.h>
#include <labwatch/store.h>

/** Ascending run ids. Zero-initialise it. */
typedef struct lw_id_list {
    int64_t *ids;
    size_t n, capacity;
} lw_id_list;

void lw_id_list_release(lw_id_list *list);
bool lw_id_list_has(const lw_id_list *list, int64_t id);
/** Adds an id above all others in the list. */
bool lw_id_list_add(lw_id_list *list, int64_t id);

/** How rows are read as observations. */
typedef struct lw_row_reader {
    const lw_experiment *experiment;
    const lw_space *space;
    const char *space_name;
    int32_t version; /**< of the space */
} lw_row_reader;

/** A row as an observation. */
typedef struct lw_row_lesson {
    lw_observation observation; /**< its memo borrows from the row */
    lw_config *config;          /**< owned: the observation's; NULL if the row is no lesson for this space */
} lw_row_lesson;

/** What a row teaches. LW_OK also if it teaches nothing: config is NULL then. */
int lw_row_read(const lw_row_reader *reader, const lw_run_row *row, lw_row_lesson *out, lw_error *error);

/** What an optimizer's history has in it. Zero-initialise it: nothing. */
typedef struct lw_sight {
    bool loaded;          /**< else the history must be loaded from the beginning */
    int64_t last_id;      /**< highest run id of the store that was looked at */
    int64_t epoch;
    int64_t changes;      /**< of the experiment's runs, when they were looked at */
    bool has_string_ids;  /**< foreign runs without a place in the order of ids: looked at anew each time */
    lw_id_list open;      /**< pending in the history, string ids aside */
    lw_id_list voided;    /**< void in it */
} lw_sight;

void lw_sight_release(lw_sight *sight);

/** Whose history catches up, and with what. */
typedef struct lw_catch_up {
    lw_store *store;
    lw_row_reader reader;
    lw_optimizer *optimizer;
    lw_sight *sight;
    int64_t epoch;
    const lw_run_counts *counts; /**< nothing above its last_id is looked at */
} lw_catch_up;

/** Brings the history up to counts->last_id. On failure the history is loaded anew next time. */
int lw_catch_up_all(const lw_catch_up *self, lw_error *error);

/** Only adds the runs above those seen, all as pending, whatever has become of them; what was seen stays as it was. */
int lw_catch_up_pending(const lw_catch_up *self, lw_error *error);

/** The result of a row or run in the user's sign: the number itself, or the objective in an object. False if there is none. */
bool lw_result_number(const bson_t *result, const char *objective, double *out);

#endif
