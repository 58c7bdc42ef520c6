#include <string.h>

#include <labwatch/random.h>

#include "attempts.h"
#include "bounded_result.h"
#include "draft.h"

uint64_t lw_run_seed(uint64_t seed, uint64_t place) {
    lw_stream stream;
    lw_stream_init(&stream, seed, LW_PURPOSE_RUN_SEED, place, 0);
    return lw_stream_below(&stream, (uint64_t)1 << 31);
}

static void set_lease(lw_draft *draft, lw_assistant *assistant, const lw_wish *wish) {
    lw_run *run = &draft->run;
    if (wish->worker) {
        run->lease_s = assistant->experiment->lease_s;
        draft->worker = lw_worker_document(&assistant->identity, true, 0.0, 0);
    } else if (wish->lease_s > 0) {
        run->lease_s = wish->lease_s;
        draft->worker = lw_worker_document(&assistant->identity, false, lw_clock_monotonic_s(assistant->clock), 0);
    }
    run->worker = draft->worker;
}

/* The casts are safe: what the run borrows is only read. */
void lw_draft_begin(lw_draft *draft, lw_assistant *assistant, const lw_desk *desk, const lw_wish *wish) {
    int64_t now_ms = lw_clock_wall_ms(assistant->clock);
    lw_run *run = &draft->run;
    draft->document = NULL;
    draft->worker = NULL;
    draft->has_seed = desk->has_seed;
    draft->given_seed = -1;
    bson_init(&draft->config);
    lw_run_init(run);
    run->experiment = (char *)assistant->experiment->name;
    run->command = (char *)"main";
    run->space = (char *)desk->name;
    run->space_version = desk->version;
    run->token = lw_assistant_token(assistant);
    if (wish->queue) {
        run->status = LW_STATUS_QUEUED;
        run->queue_ms = now_ms;
        return;
    }
    run->status = LW_STATUS_RUNNING;
    run->host = (bson_t *)lw_assistant_host(assistant);
    run->start_ms = now_ms;
    run->heartbeat_ms = now_ms;
    run->attempt = 1;
    set_lease(draft, assistant, wish);
}

static void drop(bson_t **document) {
    if (*document)
        bson_destroy(*document);
    *document = NULL;
}

void lw_draft_release(lw_draft *draft) {
    drop(&draft->document);
    drop(&draft->worker);
    bson_destroy(&draft->config);
}

bool lw_space_has_seed(const lw_space *space) {
    bool found = bson_has_field(lw_space_constants(space), "seed");
    for (size_t i = 0; i < lw_space_n_parameters(space); i++) {
        const char *name = lw_space_parameter(space, i)->name;
        found = found || (strncmp(name, "seed", 4) == 0 && (name[4] == '\0' || name[4] == '.'));
    }
    return found;
}

int lw_draft_set_config(lw_draft *draft, const lw_assistant *assistant, const lw_config *config, const uint8_t *digest,
                        uint64_t place, lw_error *error) {
    drop(&draft->document);
    bson_destroy(&draft->config);
    int code = lw_config_to_document(config, &draft->config, error);
    if (code != LW_OK) {
        bson_init(&draft->config);
        return code;
    }
    if (draft->config.len > LW_LARGEST_CONFIG)
        return lw_error_set(error, LW_EUNSUPPORTED,
                            "a configuration of %u bytes is too large: with its constants it may have %zu; larger data "
                            "belongs into a file that a constant names",
                            (unsigned)draft->config.len, LW_LARGEST_CONFIG);
    draft->document = bson_copy(&draft->config);
    draft->run.seed = draft->given_seed >= 0 ? (uint64_t)draft->given_seed : lw_run_seed(assistant->seed, place);
    if (!draft->has_seed || !bson_has_field(&draft->config, "seed")) /* a space with something of its own called seed keeps it */
        bson_append_int32(&draft->config, "seed", 4, (int32_t)draft->run.seed);
    draft->run.config = &draft->config;
    if (digest)
        memcpy(draft->run.digest, digest, LW_DIGEST_SIZE);
    else
        lw_config_digest(config, draft->run.digest);
    return LW_OK;
}

void lw_draft_assign(lw_draft *draft, lw_config *config, lw_assignment *out) {
    *out = (lw_assignment){
        .id = draft->run.id,
        .token = draft->run.status == LW_STATUS_QUEUED ? (lw_token){{0}} : draft->run.token,
        .attempt = draft->run.attempt,
        .config = config,
        .document = draft->document,
        .seed = draft->run.seed,
        .lease_s = draft->run.lease_s,
        .number = draft->run.number,
        .fidelity = draft->run.fidelity,
        .parent = draft->run.parent,
        .replicate = draft->run.replicate,
    };
    draft->document = NULL;
    lw_draft_release(draft);
}
