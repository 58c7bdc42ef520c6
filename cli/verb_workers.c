/* labwatch workers: who works on what. */
#include <stdlib.h>
#include <string.h>

#include <labwatch/sys/memory.h>

#include "document_table.h"
#include "opening.h"
#include "run_summary.h"
#include "say.h"

static const document_column columns[] = {{"host", COLUMN_TEXT},    {"pid", COLUMN_NUMBER},  {"run", COLUMN_NUMBER},
                                          {"attempt", COLUMN_NUMBER}, {"since", COLUMN_WORD}, {"beat", COLUMN_WORD},
                                          {"lease", COLUMN_NUMBER}, {"state", COLUMN_WORD},  {0}};

static const char *const states[] = {[LW_WORK_HERE] = "here",
                                     [LW_WORK_GONE] = "gone",
                                     [LW_WORK_ELSEWHERE] = "elsewhere",
                                     [LW_WORK_LEASED] = "leased",
                                     [LW_WORK_FOREIGN] = "foreign"};

static void append_time(bson_t *out, const char *key, int64_t ms) {
    char text[32];
    format_time(ms, text);
    if (*text)
        bson_append_utf8(out, key, -1, text, -1);
}

static bson_t *describe(const lw_worker *worker) {
    bson_t *out = bson_new();
    if (*worker->host)
        bson_append_utf8(out, "host", -1, worker->host, -1);
    if (worker->pid)
        bson_append_int64(out, "pid", -1, worker->pid);
    if (worker->foreign_id)
        bson_append_utf8(out, "run", -1, worker->foreign_id, -1);
    else
        bson_append_int64(out, "run", -1, worker->run_id);
    if (worker->attempt)
        bson_append_int32(out, "attempt", -1, worker->attempt);
    append_time(out, "since", worker->since_ms);
    append_time(out, "beat", worker->beat_ms);
    if (worker->lease_s > 0)
        bson_append_double(out, "lease", -1, worker->lease_s);
    bson_append_utf8(out, "state", -1, states[worker->state], -1);
    return out;
}

static int note(void *arg, const lw_worker *worker) {
    run_list *list = arg;
    if (!lw_array_reserve(&list->items, &list->capacity, list->n, sizeof *list->items))
        out_of_memory();
    list->items[list->n++] = describe(worker);
    return LW_OK;
}

static const char *host_of(const bson_t *item) {
    bson_iter_t at;
    return bson_iter_init_find(&at, item, "host") ? bson_iter_utf8(&at, NULL) : "";
}

static int64_t number_of(const bson_t *item, const char *name) {
    bson_iter_t at;
    return bson_iter_init_find(&at, item, name) ? bson_iter_as_int64(&at) : 0;
}

/* A worker's runs stand together. */
static int compare(const void *a, const void *b) {
    const bson_t *left = *(bson_t *const *)a, *right = *(bson_t *const *)b;
    int hosts = strcmp(host_of(left), host_of(right));
    if (hosts)
        return hosts;
    int64_t pids[2] = {number_of(left, "pid"), number_of(right, "pid")};
    int64_t runs[2] = {number_of(left, "run"), number_of(right, "run")};
    if (pids[0] != pids[1])
        return pids[0] < pids[1] ? -1 : 1;
    return (runs[0] > runs[1]) - (runs[0] < runs[1]);
}

static int list_workers(lw_assistant *assistant, const char *format) {
    run_list list = {0};
    int64_t given_away;
    lw_error error;
    const char *name = lw_assistant_experiment(assistant)->name;
    int code = EXIT_DONE;
    if (lw_assistant_workers(assistant, note, &list, &given_away, &error) != LW_OK)
        code = fail_with(&error);
    if (list.n)
        qsort(list.items, list.n, sizeof *list.items, compare);
    if (code == EXIT_DONE && list.n == 0 && !format)
        say("nobody works on '%s'", name);
    else if (code == EXIT_DONE)
        document_table_print(&list, columns, format);
    if (code == EXIT_DONE && given_away && !format)
        say("%lld run%s of '%s' %s suggested, and wait%s for a result without anybody who beats",
            (long long)given_away, given_away == 1 ? "" : "s", name, given_away == 1 ? "was" : "were",
            given_away == 1 ? "s" : "");
    run_list_release(&list);
    return code;
}

int verb_workers(const cli_arguments *given) {
    cli_opened opened = {0};
    int code = open_experiment(&opened, given, given->operands[0], OPEN_TO_LOOK, 0);
    if (code == EXIT_DONE)
        code = list_workers(opened.assistant, option_text(given, "format"));
    opened_close(&opened);
    return code;
}
