#include "experiment_text.h"

#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

/* The messages that are warnings, or those that are not, a line each; NULL if there are none. Yours to lw_free. */
static char *lines_of(const lw_diagnostics *diagnostics, bool warnings) {
    lw_text text = {0};
    for (size_t i = 0; i < diagnostics->n; i++)
        if (diagnostics->items[i].warning == warnings)
            lw_text_format(&text, "%s%s", text.length ? "\n" : "", diagnostics->items[i].message);
    char *lines = text.length && !text.failed ? lw_text_take(&text) : NULL;
    lw_text_release(&text);
    return lines;
}

static void tell_all(const lw_diagnostics *diagnostics, lw_error *error) {
    char *lines = lines_of(diagnostics, false);
    if (lines)
        lw_error_set(error, error->code, "%s", lines);
    lw_free(lines);
}

int core_parse(lw_experiment **out, const core_opening *opening, char **warnings, lw_error *error) {
    lw_diagnostics diagnostics = {0};
    int rc = lw_experiment_parse(out, opening->text, opening->length, opening->source, &diagnostics, error);
    if (rc == LW_OK && warnings)
        *warnings = lines_of(&diagnostics, true);
    else if (rc == LW_EPARSE)
        tell_all(&diagnostics, error);
    lw_diagnostics_release(&diagnostics);
    return rc;
}
