/**
 * What the stored experiment document contains, and how an experiment file becomes part of it.
 *
 *     {format: 1, seed, seed_since, epoch, paused, removed, recost, created, runs, goal, objective,
 *      texts: [text…], text: 0, spaces: [{name, version, signature, since, text}]}
 *
 * texts are whole experiment files; `text` counts in them, from 0: the one that counts now, and for each version of a space the one it
 * first stood in. All versions are kept: runs are replayed in the space they were suggested in.
 */
#ifndef LABWATCH_EXPERIMENT_RECORD_H
#define LABWATCH_EXPERIMENT_RECORD_H

#include <labwatch/experiment.h>
#include <labwatch/store.h>

typedef struct lw_space_version {
    char *name;
    int32_t version; /**< from 1, for each name */
    uint8_t signature[LW_DIGEST_SIZE];
    int64_t since_id; /**< highest run id of the store when it came */
    size_t text;
    bool fresh; /**< made by the last lw_record_take_over; not stored */
} lw_space_version;

typedef struct lw_record {
    int64_t revision; /**< 0: not in the store yet */
    uint64_t seed;
    int64_t seed_since; /**< runs up to this id had another seed */
    int64_t epoch;
    bool paused;
    bool removed;
    bool recost; /**< costs are being recomputed under a new goal; who finds this does it (again) */
    int64_t created_ms;
    int64_t runs; /**< budget, so that open assistants need not read the text */
    lw_goal goal;
    char *objective;
    char **texts;
    size_t n_texts, texts_capacity;
    size_t text;
    lw_space_version *versions;
    size_t n_versions, versions_capacity;
} lw_record;

/** Accepts a zeroed one; leaves it zeroed. */
void lw_record_release(lw_record *record);

/** Reads the record of an experiment. LW_ENOTFOUND; LW_ESTORE if the document is damaged or of a newer version. *out is initialised here. */
int lw_record_get(lw_record *out, lw_store *store, const char *name, lw_error *error);
/** Writes it under its revision, which then goes up by one. LW_ECONFLICT if somebody was first. */
int lw_record_put(lw_record *record, lw_store *store, const char *name, lw_error *error);

/** The document itself: for lw_record_put and tests. */
int lw_record_from_document(lw_record *out, const bson_t *document, const char *name, lw_error *error);
void lw_record_to_document(const lw_record *record, bson_t *out);

/** What a version of a space is told by: its meaning, and the order of parameters and choices, which draws depend on. */
void lw_space_signature(const lw_space *space, uint8_t out[LW_DIGEST_SIZE]);

/** The version with that signature; NULL if there is none. */
const lw_space_version *lw_record_version_by_signature(const lw_record *record, const char *space,
                                                       const uint8_t signature[LW_DIGEST_SIZE]);
const lw_space_version *lw_record_version(const lw_record *record, const char *space, int32_t version);

/** How an experiment file is taken over. */
typedef struct lw_takeover {
    const lw_experiment *experiment;
    bool new_version;     /**< a changed goal, objective or seed is accepted */
    uint64_t fresh_seed;  /**< for an experiment that is new and has none */
    int64_t now_ms;
    int64_t last_id;      /**< of the store */
} lw_takeover;

/**
 * Makes the record say what the file says: *changed tells whether it did not before. A record with revision 0, or a removed one, becomes a new
 * experiment. LW_ECONFLICT with a sentence if goal, objective or seed differ and new_version is false.
 */
int lw_record_take_over(lw_record *record, const lw_takeover *takeover, bool *changed, lw_error *error);

#endif
