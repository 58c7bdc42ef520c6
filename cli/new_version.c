#include "new_version.h"

#include <inttypes.h>
#include <stdio.h>

#include "say.h"

typedef struct earlier_runs {
    const lw_space *space;
    int64_t all, inside; /* inside: their configurations are also ones of the space as it is now */
} earlier_runs;

static int look_at(void *arg, const lw_run_row *row) {
    earlier_runs *runs = arg;
    lw_config *config = NULL;
    if (row->failure == LW_FAILURE_DIED) /* it is still open */
        return LW_OK;
    runs->all++;
    if (!row->config || lw_config_from_document(&config, runs->space, row->config,
                                                LW_CONFIG_FILL_DEFAULTS | LW_CONFIG_IGNORE_OTHERS, NULL) != LW_OK)
        return LW_OK;
    runs->inside++;
    lw_config_free(config);
    return LW_OK;
}

static void tell_new_version(lw_assistant *assistant, const lw_space *space) {
    const char *experiment = lw_assistant_experiment(assistant)->name, *name = lw_space_name(space);
    lw_run_query query = {.experiment = experiment,
                          .space = name,
                          .statuses = 1u << LW_STATUS_COMPLETED | 1u << LW_STATUS_FAILED | 1u << LW_STATUS_TIMEOUT};
    earlier_runs runs = {.space = space};
    char share[128] = "";
    if (lw_store_row_each(lw_assistant_store(assistant), &query, look_at, &runs, NULL) == LW_OK && runs.all)
        snprintf(share, sizeof share, "; %" PRId64 " of its %" PRId64 " finished run%s still teach%s the optimizer",
                 runs.inside, runs.all, runs.all == 1 ? "" : "s", runs.inside == 1 ? "es" : "");
    say("the space '%s' of experiment '%s' has changed: this is version %d of it%s", name, experiment,
        (int)lw_assistant_space_version(assistant, name), share);
}

void tell_new_versions(lw_assistant *assistant) {
    const lw_experiment *experiment = lw_assistant_experiment(assistant);
    for (size_t i = 0; i < experiment->n_spaces; i++) {
        const char *name = lw_space_name(experiment->spaces[i]);
        if (lw_assistant_space_is_new(assistant, name) && lw_assistant_space_version(assistant, name) > 1)
            tell_new_version(assistant, experiment->spaces[i]);
    }
}
