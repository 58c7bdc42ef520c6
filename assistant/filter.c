/* Filters: an expression whose names are looked up in a run, and, where the run's struct has no such field, in its
 * document. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include <labwatch/expression.h>
#include <labwatch/filter.h>
#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

#include "expression_document.h"

enum { MOST_FIELDS = 64, TIME_SIZE = 32 };

/* One name that a filter uses. */
typedef struct filter_field {
    char *name;
    int known; /* index in known_fields, or -1: a path in the document */
} filter_field;

struct lw_filter {
    lw_expression *expression;
    filter_field fields[MOST_FIELDS];
    size_t n_fields;
};

/* What the value of a field is made of where the run has it in another form. */
typedef struct field_text {
    char time[TIME_SIZE];
    char *json; /* of a list or mapping; NULL: not made */
} field_text;

/* A run that is being looked at. */
typedef struct run_look {
    const lw_filter *filter;
    const lw_run *run;
    bool has_document, document_failed;
    field_text texts[MOST_FIELDS]; /* of each field */
    bson_t document;               /* made when a path asks for it */
} run_look;

/* ---- values ---- */

static const lw_value nothing = {.kind = LW_VALUE_NULL};

static lw_value text_value(const char *text) {
    if (!text || !*text)
        return nothing;
    return (lw_value){.kind = LW_VALUE_TEXT, .text = {text, strlen(text)}};
}

static lw_value integer_value(int64_t value) {
    return (lw_value){.kind = LW_VALUE_INTEGER, .integer = value};
}

static lw_value number_value(double value) {
    return isnan(value) ? nothing : (lw_value){.kind = LW_VALUE_FLOAT, .number = value};
}

/* Dates are text, which has their order: "2026-11-21T10:00:00.000Z". */
static lw_value time_value(int64_t ms, char buffer[TIME_SIZE]) {
    time_t seconds = (time_t)(ms / 1000 - (ms % 1000 < 0));
    struct tm utc;
    if (ms == LW_NO_TIME || !gmtime_r(&seconds, &utc) || utc.tm_year + 1900 > 9999 || utc.tm_year + 1900 < 0)
        return nothing;
    size_t length = strftime(buffer, TIME_SIZE, "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(buffer + length, TIME_SIZE - length, ".%03dZ", (int)(ms - (int64_t)seconds * 1000));
    return text_value(buffer);
}

/* Made once: a field that the filter names twice has one value. */
static lw_value document_value(const bson_iter_t *iter, field_text *own) {
    if (!own->json)
        own->json = lw_expression_document(iter);
    return own->json ? (lw_value){.kind = LW_VALUE_DOCUMENT, .text = {own->json, strlen(own->json)}} : nothing;
}

static lw_value bson_value(const bson_iter_t *iter, field_text *own) {
    lw_value value;
    if (BSON_ITER_HOLDS_DATE_TIME(iter))
        return time_value(bson_iter_date_time(iter), own->time);
    if (BSON_ITER_HOLDS_DOCUMENT(iter) || BSON_ITER_HOLDS_ARRAY(iter))
        return document_value(iter, own);
    return lw_value_from_bson(iter, &value) ? value : nothing;
}

/* Finds a dotted path; a key may have dots in it itself, as Sacred's may. */
static bool find_path(bson_iter_t iter, const char *path, bson_iter_t *found) {
    while (bson_iter_next(&iter)) {
        size_t length = bson_iter_key_len(&iter);
        bson_iter_t child;
        if (strncmp(bson_iter_key(&iter), path, length) != 0)
            continue;
        if (!path[length]) {
            *found = iter;
            return true;
        }
        if (path[length] == '.' && (BSON_ITER_HOLDS_DOCUMENT(&iter) || BSON_ITER_HOLDS_ARRAY(&iter)) &&
            bson_iter_recurse(&iter, &child) && find_path(child, path + length + 1, found))
            return true;
    }
    return false;
}

static lw_value value_at(const bson_t *document, const char *path, field_text *own) {
    bson_iter_t iter, found;
    if (!document || !bson_iter_init(&iter, document) || !find_path(iter, path, &found))
        return nothing;
    return bson_value(&found, own);
}

/* ---- the names that the struct knows ---- */

static lw_value get_id(const lw_run *run, field_text *own) {
    (void)own;
    return run->foreign_id ? text_value(run->foreign_id) : integer_value(run->id);
}

static lw_value get_seed(const lw_run *run, field_text *own) {
    (void)own;
    return run->origin == LW_ORIGIN_FOREIGN ? nothing : integer_value((int64_t)run->seed);
}

static lw_value get_status(const lw_run *run, field_text *own) {
    (void)own;
    return text_value(run->status == LW_STATUS_OTHER ? run->status_text : lw_status_name(run->status));
}

/* A number is the result; in an object it is the member that is the cost, up to the sign of a maximised one. */
static lw_value get_result(const lw_run *run, field_text *own) {
    bson_iter_t result, member;
    if (!run->result || !bson_iter_init_find(&result, run->result, "result"))
        return nothing;
    if (!BSON_ITER_HOLDS_DOCUMENT(&result))
        return bson_value(&result, own);
    if (isnan(run->cost) || !bson_iter_recurse(&result, &member))
        return nothing;
    while (bson_iter_next(&member))
        if (BSON_ITER_HOLDS_NUMBER(&member) && fabs(bson_iter_as_double(&member)) == fabs(run->cost))
            return bson_value(&member, own);
    return nothing;
}

static lw_value get_cost(const lw_run *run, field_text *own) {
    (void)own;
    return number_value(run->cost);
}

static lw_value get_experiment(const lw_run *run, field_text *own) {
    (void)own;
    return text_value(run->experiment);
}

static lw_value get_space(const lw_run *run, field_text *own) {
    (void)own;
    return text_value(run->space);
}

static lw_value get_attempt(const lw_run *run, field_text *own) {
    (void)own;
    return integer_value(run->attempt);
}

static lw_value get_number(const lw_run *run, field_text *own) {
    (void)own;
    return run->number ? integer_value((int64_t)run->number) : nothing;
}

static lw_value get_duration(const lw_run *run, field_text *own) {
    (void)own;
    return number_value(run->duration_s);
}

static lw_value get_start_time(const lw_run *run, field_text *own) {
    return time_value(run->start_ms, own->time);
}

static lw_value get_stop_time(const lw_run *run, field_text *own) {
    return time_value(run->stop_ms, own->time);
}

static lw_value get_failure(const lw_run *run, field_text *own) {
    (void)own;
    return text_value(lw_failure_name(run->failure));
}

static lw_value get_reason(const lw_run *run, field_text *own) {
    (void)own;
    return text_value(run->reason);
}

static lw_value get_host(const lw_run *run, field_text *own) {
    return value_at(run->host, "hostname", own);
}

static lw_value get_origin(const lw_run *run, field_text *own) {
    static const char *const origins[] = {
        [LW_ORIGIN_OWN] = "own", [LW_ORIGIN_IMPORTED] = "imported", [LW_ORIGIN_FOREIGN] = "foreign"};
    (void)own;
    return text_value(origins[run->origin]);
}

static const char *const status_words[] = {"QUEUED",  "RUNNING",     "COMPLETED", "FAILED",
                                           "TIMEOUT", "INTERRUPTED", "PRUNED",    "REMOVED"};
static const char *const failure_words[] = {"crash", "timeout", "nan", "memory", "died", "user"};
static const char *const origin_words[] = {"own", "imported", "foreign"};

#define WORDS(array) (array), sizeof(array) / sizeof *(array)

static const struct known_field {
    const char *name;
    lw_value (*get)(const lw_run *run, field_text *own);
    const char *const *words; /* what it may be; NULL: anything */
    size_t n_words;
} known_fields[] = {
    {"id", get_id, NULL, 0},
    {"run", get_id, NULL, 0},
    {"seed", get_seed, NULL, 0},
    {"status", get_status, WORDS(status_words)},
    {"result", get_result, NULL, 0},
    {"cost", get_cost, NULL, 0},
    {"experiment", get_experiment, NULL, 0},
    {"space", get_space, NULL, 0},
    {"attempt", get_attempt, NULL, 0},
    {"number", get_number, NULL, 0},
    {"duration", get_duration, NULL, 0},
    {"start_time", get_start_time, NULL, 0},
    {"stop_time", get_stop_time, NULL, 0},
    {"failure", get_failure, WORDS(failure_words)},
    {"reason", get_reason, NULL, 0},
    {"host", get_host, NULL, 0},
    {"origin", get_origin, WORDS(origin_words)},
};
enum { N_KNOWN = sizeof known_fields / sizeof *known_fields };

/* The top-level fields of a run's document, where other paths begin. */
static const char *const document_fields[] = {
    "config",    "info",      "result",       "experiment", "_id",       "format",
    "command",   "host",      "start_time",   "stop_time",  "heartbeat", "meta",
    "resources", "artifacts", "captured_out", "fail_trace", "labwatch",  "status",
};
enum { N_DOCUMENT = sizeof document_fields / sizeof *document_fields };

/* ---- what names mean ---- */

static bool is_text(const char *known, const char *name, size_t length) {
    return strlen(known) == length && memcmp(known, name, length) == 0;
}

/* Index in known_fields, -1 for a path in the document, -2 for no name. */
static int find_meaning(const char *name, size_t length) {
    for (int i = 0; i < N_KNOWN; i++)
        if (is_text(known_fields[i].name, name, length))
            return i;
    const char *dot = memchr(name, '.', length);
    size_t first = dot ? (size_t)(dot - name) : length;
    for (int i = 0; i < N_DOCUMENT; i++)
        if (is_text(document_fields[i], name, first))
            return -1;
    return -2;
}

/* A parse in progress; failed: something else than the text went wrong in a callback, which can only say "no such
 * name". */
typedef struct filter_parsing {
    lw_filter *filter;
    const lw_experiment *experiment; /* may be NULL */
    char parameter[128];             /* the first one that stands without config. */
    bool no_memory, too_many;
} filter_parsing;

static void note_parameter(filter_parsing *parsing, const char *name, size_t length) {
    char text[sizeof parsing->parameter];
    if (!parsing->experiment || parsing->parameter[0] || length >= sizeof text)
        return;
    memcpy(text, name, length);
    text[length] = '\0';
    for (size_t i = 0; i < parsing->experiment->n_spaces; i++)
        if (lw_space_find(parsing->experiment->spaces[i], text) >= 0)
            memcpy(parsing->parameter, text, length + 1);
}

static ptrdiff_t slot_of(void *self, const char *name, size_t length) {
    filter_parsing *parsing = self;
    lw_filter *filter = parsing->filter;
    int known = find_meaning(name, length);
    if (known == -2) {
        note_parameter(parsing, name, length);
        return -1;
    }
    for (size_t i = 0; i < filter->n_fields; i++)
        if (is_text(filter->fields[i].name, name, length))
            return (ptrdiff_t)i;
    char *copy = filter->n_fields < MOST_FIELDS ? lw_strndup(name, length) : NULL;
    if (!copy) {
        parsing->no_memory = filter->n_fields < MOST_FIELDS;
        parsing->too_many = !parsing->no_memory;
        return -1;
    }
    filter->fields[filter->n_fields] = (filter_field){copy, known};
    return (ptrdiff_t)filter->n_fields++;
}

/*
 * A misspelt word that a field never has. Foreign runs may have a status of their own: a word that is near to none
 * is let through.
 */
static int check_word(void *self, size_t slot, lw_value value, lw_error *error) {
    const filter_parsing *parsing = self;
    int known = parsing->filter->fields[slot].known;
    if (known < 0 || !known_fields[known].words || value.kind != LW_VALUE_TEXT)
        return LW_OK;
    const struct known_field *field = &known_fields[known];
    for (size_t i = 0; i < field->n_words; i++)
        if (is_text(field->words[i], value.text.bytes, value.text.length))
            return LW_OK;
    for (size_t i = 0; i < field->n_words; i++)
        if (strlen(field->words[i]) == value.text.length &&
            strncasecmp(field->words[i], value.text.bytes, value.text.length) == 0)
            return lw_error_set(error, LW_EINVAL, "%s is never '%s': did you mean '%s'?", field->name, value.text.bytes,
                                field->words[i]);
    int nearest = lw_nearest(value.text.bytes, field->words, field->n_words);
    if (nearest < 0)
        return LW_OK;
    return lw_error_set(error, LW_EINVAL, "%s is never '%s': did you mean '%s'?", field->name, value.text.bytes,
                        field->words[nearest]);
}

static const char *name_at(void *self, size_t i) {
    (void)self;
    if (i < N_KNOWN)
        return known_fields[i].name;
    return i < N_KNOWN + N_DOCUMENT ? document_fields[i - N_KNOWN] : NULL;
}

/* A field alone is no condition; what lies in the document may be true or false. */
static int check_condition(const lw_filter *filter, lw_error *error) {
    char *canonical = lw_expression_canonical(filter->expression);
    const filter_field *field = &filter->fields[0];
    if (!canonical)
        return lw_error_no_memory(error);
    bool alone = filter->n_fields == 1 && field->known >= 0 && canonical[0] == '`' &&
                 strlen(canonical) == strlen(field->name) + 2;
    lw_free(canonical);
    if (alone)
        return lw_error_set(error, LW_EPARSE, "'%s' alone is no condition: compare it with something", field->name);
    return LW_OK;
}

/* Whether an expression takes the name for something else where it does not stand between backticks. */
static bool needs_backticks(const char *name) {
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.";
    for (; *name; name++)
        if (!((unsigned char)*name & 0x80) && !strchr(plain, *name))
            return true;
    return false;
}

/* Whether the name is in the text, neither between the backticks that it needs nor in a quoted text. */
static bool is_there_unquoted(const char *text, const char *name) {
    size_t length = strlen(name);
    char quote = '\0';
    for (const char *at = text; *at; at++) {
        if (!quote && strncmp(at, name, length) == 0)
            return true;
        if (quote && *at == '\\' && at[1])
            at++;
        else if (quote ? *at == quote : *at == '`' || *at == '\'' || *at == '"')
            quote = quote ? '\0' : *at;
    }
    return false;
}

/* The longest parameter that stands in the text as it may not: learning-rate is a difference there. NULL: none. */
static const char *find_unquoted(const lw_experiment *experiment, const char *text) {
    const char *found = NULL;
    for (size_t s = 0; s < experiment->n_spaces; s++)
        for (size_t i = 0; i < lw_space_n_parameters(experiment->spaces[s]); i++) {
            const char *name = lw_space_parameter(experiment->spaces[s], i)->name;
            if (needs_backticks(name) && (!found || strlen(name) > strlen(found)) && is_there_unquoted(text, name))
                found = name;
        }
    return found;
}

static int tell_unquoted(const lw_experiment *experiment, const char *text, size_t length, lw_error *error) {
    char *copy = experiment ? lw_strndup(text, length) : NULL;
    const char *name = copy ? find_unquoted(experiment, copy) : NULL;
    if (name)
        lw_error_set(error, LW_EPARSE, "the parameter '%s' must stand between backticks: `config.%s`", name,
                     name);
    lw_free(copy);
    return LW_EPARSE;
}

int lw_filter_parse(lw_filter **out, const char *text, size_t length, const lw_experiment *experiment,
                    lw_error *error) {
    lw_filter *filter = lw_calloc(1, sizeof *filter);
    if (!filter)
        return lw_error_no_memory(error);
    filter_parsing parsing = {.filter = filter, .experiment = experiment};
    lw_symbols symbols = {.slot = slot_of, .check = check_word, .name = name_at, .self = &parsing};
    int code = lw_expression_parse(&filter->expression, text, length, &symbols, NULL, error);
    if (parsing.no_memory)
        code = lw_error_no_memory(error);
    else if (parsing.too_many)
        code = lw_error_set(error, LW_EPARSE, "the filter has more than %d different names", MOST_FIELDS);
    else if (code == LW_EPARSE && parsing.parameter[0])
        code = lw_error_set(error, LW_EPARSE, "'%s' is a parameter: did you mean 'config.%s'?", parsing.parameter,
                            parsing.parameter);
    else if (code == LW_EPARSE)
        code = tell_unquoted(experiment, text, length, error);
    else if (code == LW_OK)
        code = check_condition(filter, error);
    if (code != LW_OK)
        lw_filter_free(filter);
    else
        *out = filter;
    return code;
}

const char *lw_filter_name(const lw_filter *filter, size_t i) {
    return i < filter->n_fields ? filter->fields[i].name : NULL;
}

void lw_filter_free(lw_filter *filter) {
    if (!filter)
        return;
    for (size_t i = 0; i < filter->n_fields; i++)
        lw_free(filter->fields[i].name);
    lw_expression_free(filter->expression);
    lw_free(filter);
}

/* ---- looking at a run ---- */

/* config, info and result lie in the run as they are; for other paths the whole document is made, once. */
static lw_value path_value(run_look *look, const char *path, field_text *own) {
    const lw_run *run = look->run;
    if (strncmp(path, "config.", 7) == 0)
        return value_at(run->config, path + 7, own);
    if (strncmp(path, "info.", 5) == 0)
        return value_at(run->info, path + 5, own);
    if (strncmp(path, "result.", 7) == 0)
        return value_at(run->result, path, own);
    if (!look->has_document && !look->document_failed) {
        look->has_document = lw_run_to_document(run, &look->document, NULL) == LW_OK;
        look->document_failed = !look->has_document;
    }
    return look->has_document ? value_at(&look->document, path, own) : nothing;
}

static lw_value slot_value(void *arg, size_t slot, bool *known) {
    run_look *look = arg;
    const filter_field *field = &look->filter->fields[slot];
    lw_value value = field->known >= 0 ? known_fields[field->known].get(look->run, &look->texts[slot])
                                       : path_value(look, field->name, &look->texts[slot]);
    *known = value.kind != LW_VALUE_NULL;
    return value;
}

bool lw_filter_matches(const lw_filter *filter, const lw_run *run) {
    run_look look;
    look.filter = filter;
    look.run = run;
    look.has_document = look.document_failed = false;
    for (size_t i = 0; i < filter->n_fields; i++)
        look.texts[i].json = NULL;
    lw_truth truth = lw_expression_evaluate(filter->expression, slot_value, &look);
    for (size_t i = 0; i < filter->n_fields; i++)
        lw_free(look.texts[i].json);
    if (look.has_document)
        bson_destroy(&look.document);
    return truth == LW_TRUE;
}
