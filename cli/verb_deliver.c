/* labwatch deliver: results that wait in the spool, also another machine's. */
#include <string.h>
#include <sys/stat.h>

#include <labwatch/runner.h>
#include <labwatch/sys/memory.h>

#include "opening.h"
#include "say.h"
#include "store_url.h"

typedef struct name_list {
    char **items;
    size_t n, capacity;
} name_list;

/* What waits, for whom. */
typedef struct waiting {
    const char *identity; /* of the store that they were kept for */
    const char *only;     /* experiment; NULL: all */
    name_list experiments;
    size_t others; /* results for other stores */
    char *other;   /* one of these stores */
    size_t damaged; /* files that are no results */
    char *first_damaged;
} waiting;

/* What became of them. */
typedef struct delivery {
    const char *folder, *url;
    size_t delivered, left;
    bool set_aside;
    int code; /* of the first experiment that could not be opened */
} delivery;

static void add_once(name_list *names, const char *name) {
    for (size_t i = 0; i < names->n; i++)
        if (strcmp(names->items[i], name) == 0)
            return;
    if (!lw_array_reserve(&names->items, &names->capacity, names->n, sizeof *names->items))
        out_of_memory();
    names->items[names->n++] = need(lw_strdup(name));
}

static int note(void *arg, const char *store, const char *experiment, int64_t run_id) {
    waiting *self = arg;
    (void)run_id;
    if (!store) {
        self->damaged++;
        if (!self->first_damaged)
            self->first_damaged = need(lw_strdup(experiment));
    } else if (strcmp(store, self->identity) != 0) {
        self->others++;
        if (!self->other)
            self->other = need(lw_strdup(store));
    } else if (!self->only || strcmp(experiment, self->only) == 0) {
        add_once(&self->experiments, experiment);
    }
    return LW_OK;
}

static void waiting_release(waiting *self) {
    for (size_t i = 0; i < self->experiments.n; i++)
        lw_free(self->experiments.items[i]);
    lw_free(self->experiments.items);
    lw_free(self->other);
    lw_free(self->first_damaged);
}

static void deliver_to(delivery *self, lw_assistant *assistant) {
    size_t delivered = 0, left = 0;
    lw_error error;
    if (lw_spool_deliver(self->folder, self->url, assistant, &delivered, &left, &error) != LW_OK)
        self->code = fail_with(&error);
    else if (error.message[0]) {
        self->set_aside = true;
        say("%s", error.message);
    }
    self->delivered += delivered;
    self->left += left;
}

static void deliver_experiment(delivery *self, lw_store *store, const char *name) {
    lw_assistant *assistant = NULL;
    lw_error error;
    if (lw_assistant_open_stored(&assistant, store, name, NULL, &error) != LW_OK) {
        say("results of '%s' stay in the spool", name);
        self->code = fail_with(&error);
        return;
    }
    deliver_to(self, assistant);
    lw_assistant_close(assistant);
}

/* Where something was delivered, what is damaged has been set aside, and told of. */
static int tell_damaged(const waiting *found) {
    say("nothing waits in the spool that can be delivered; '%s'%s no result%s, and stay%s there",
        found->first_damaged, found->damaged == 1 ? " is" : " and others are", found->damaged == 1 ? "" : "s",
        found->damaged == 1 ? "s" : "");
    return EXIT_FAILED;
}

static int tell(const delivery *self, const waiting *found) {
    if (found->experiments.n == 0 && found->damaged && !found->others)
        return tell_damaged(found);
    if (found->experiments.n == 0 && found->others)
        say("nothing waits in the spool for this store%s%s; %zu result%s for %s%s: --from says that it has another "
            "name now",
            found->only ? " and " : "", found->only ? found->only : "", found->others, found->others == 1 ? "" : "s",
            found->other, found->others == 1 ? "" : " and perhaps others");
    else if (found->experiments.n == 0)
        say("nothing waits in the spool%s%s%s", found->only ? " for '" : "", found->only ? found->only : "",
            found->only ? "'" : "");
    else
        say("%zu result%s delivered%s", self->delivered, self->delivered == 1 ? "" : "s",
            self->left ? "; the others wait" : "");
    if (self->left)
        return EXIT_TRY_AGAIN;
    return self->code != EXIT_DONE ? self->code : self->set_aside ? EXIT_FAILED : EXIT_DONE;
}

static int deliver_all(lw_store *store, const cli_arguments *given, const char *only) {
    lw_error error;
    char *identity = NULL;
    const char *from = option_text(given, "from");
    delivery self = {.folder = option_text(given, "spool"), .url = from ? from : store_url(given)};
    waiting found = {.only = only};
    if (lw_spool_identity(&identity, self.url, &error) != LW_OK)
        return fail_with(&error);
    found.identity = identity;
    int code = EXIT_DONE;
    if (lw_spool_each(self.folder, note, &found, &error) != LW_OK)
        code = fail_with(&error);
    for (size_t i = 0; code == EXIT_DONE && i < found.experiments.n; i++)
        deliver_experiment(&self, store, found.experiments.items[i]);
    if (code == EXIT_DONE)
        code = tell(&self, &found);
    waiting_release(&found);
    lw_free(identity);
    return code;
}

/* A folder that was named must be there: a disk may not be mounted. */
static int check_folder(const char *folder) {
    struct stat status;
    if (!folder || (stat(folder, &status) == 0 && S_ISDIR(status.st_mode)))
        return EXIT_DONE;
    return fail(EXIT_WRONG, "there is no folder '%s'", folder);
}

int verb_deliver(const cli_arguments *given) {
    cli_opened opened = {0};
    bool one = given->n_operands > 0;
    int code = check_folder(option_text(given, "spool"));
    if (code == EXIT_DONE)
        code = one ? open_experiment(&opened, given, given->operands[0], OPEN_TO_CHANGE, 0)
                   : open_store(&opened, given, OPEN_TO_CHANGE);
    if (code == EXIT_DONE)
        code = deliver_all(opened.store, given, one ? lw_assistant_experiment(opened.assistant)->name : NULL);
    opened_close(&opened);
    return code;
}
