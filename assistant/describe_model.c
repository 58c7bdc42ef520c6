/*
 * What the optimizer's model believes, as if a suggestion were asked for.
 */
#include "propose.h"
#include "reserve.h"

static int describe(lw_assistant *assistant, lw_desk *desk, bson_t *out, lw_error *error) {
    const lw_experiment *experiment = assistant->experiment;
    lw_moment moment;
    int code = lw_moment_take(assistant, &moment, error);
    if (code == LW_OK)
        code = lw_desk_catch_up(assistant, desk, &moment.live, &moment.counts, LW_EFFORT_WHOLE, error);
    if (code != LW_OK)
        return code;
    lw_question question = {
        .number = (uint64_t)moment.counts.own + 1,
        .budget = moment.live.budget,
        .fit_last_id = moment.counts.last_id,
        .repeats = experiment->repeats,
        .maximize = experiment->goal == LW_MAXIMIZE,
    };
    return lw_optimizer_describe(desk->optimizer, &question, out, error);
}

int lw_assistant_describe_model(lw_assistant *assistant, const char *space, bson_t *out, lw_error *error) {
    if (!assistant || !out)
        return lw_error_set(error, LW_EINVAL, "lw_assistant_describe_model: assistant and out must not be NULL");
    lw_desk *desk = lw_assistant_desk(assistant, space, error);
    if (!desk)
        return LW_ENOTFOUND;
    bson_t model;
    int code = lw_assistant_begin_suggesting(assistant, error);
    if (code != LW_OK)
        return code;
    code = describe(assistant, desk, &model, error);
    lw_assistant_end_suggesting(assistant);
    if (code != LW_OK)
        return code;
    bson_init(out);
    BSON_APPEND_UTF8(out, "experiment", assistant->experiment->name);
    BSON_APPEND_UTF8(out, "space", desk->name);
    BSON_APPEND_UTF8(out, "goal", assistant->experiment->goal == LW_MAXIMIZE ? "maximize" : "minimize");
    BSON_APPEND_UTF8(out, "objective", assistant->experiment->objective);
    bson_concat(out, &model);
    bson_destroy(&model);
    return LW_OK;
}
