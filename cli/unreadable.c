#include "unreadable.h"

#include <inttypes.h>

#include "say.h"

int tell_unreadable(lw_store *store, const char *experiment) {
    uint64_t n;
    lw_error error;
    if (lw_store_unreadable_count(store, experiment, &n, &error) != LW_OK)
        return fail_with(&error);
    if (n > 0)
        say("%" PRIu64 " document%s among the runs%s%s%s %s no run that labwatch can read, and %s passed over", n,
            n == 1 ? "" : "s", experiment ? " of '" : "", experiment ? experiment : "", experiment ? "'" : "",
            n == 1 ? "is" : "are", n == 1 ? "is" : "are");
    return EXIT_DONE;
}
