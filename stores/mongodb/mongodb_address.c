#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

#include "mongodb_address.h"

/* Options of the store's own; the driver never sees them. */
typedef enum own_option {
    COLLECTION_PREFIX,
    RUNS_COLLECTION,
    METRICS_COLLECTION,
    GRIDFS_PREFIX,
    PASSWORD_FILE,
    N_OWN_OPTIONS
} own_option;
static const char *const own_names[] = {"collectionPrefix", "runsCollection", "metricsCollection", "gridfsPrefix",
                                        "passwordFile"};

/* Those of the driver that it cannot be asked about. */
static const char *const driver_names[] = {
    MONGOC_URI_AUTHMECHANISM,
    MONGOC_URI_AUTHMECHANISMPROPERTIES,
    MONGOC_URI_AUTHSOURCE,
    MONGOC_URI_COMPRESSORS,
    MONGOC_URI_GSSAPISERVICENAME,
    MONGOC_URI_READCONCERNLEVEL,
    MONGOC_URI_READPREFERENCE,
    MONGOC_URI_READPREFERENCETAGS,
    MONGOC_URI_W,
    MONGOC_URI_WTIMEOUTMS,
    MONGOC_URI_JOURNAL,
    MONGOC_URI_ZLIBCOMPRESSIONLEVEL,
};
enum { N_DRIVER_NAMES = sizeof driver_names / sizeof driver_names[0] };

typedef struct option_reader {
    lw_text driver; /* what is left for the driver */
    char *own[N_OWN_OPTIONS];
    lw_error *error;
} option_reader;

static bool is_driver_option(const char *name) {
    for (size_t i = 0; i < N_DRIVER_NAMES; i++)
        if (strcasecmp(driver_names[i], name) == 0)
            return true;
    return mongoc_uri_option_is_int32(name) || mongoc_uri_option_is_int64(name) || mongoc_uri_option_is_bool(name) ||
           mongoc_uri_option_is_utf8(name);
}

static int find_own(const char *name) {
    for (int i = 0; i < N_OWN_OPTIONS; i++)
        if (strcasecmp(own_names[i], name) == 0)
            return i;
    return -1;
}

static int unknown_option(const char *name, lw_error *error) {
    const char *all[N_OWN_OPTIONS + N_DRIVER_NAMES];
    memcpy(all, own_names, sizeof own_names);
    memcpy(all + N_OWN_OPTIONS, driver_names, sizeof driver_names);
    int nearest = lw_nearest(name, all, N_OWN_OPTIONS + N_DRIVER_NAMES);
    return lw_error_set(
        error, LW_EINVAL,
        "the option '%.64s' of the MongoDB address is known neither to labwatch nor to the driver%s%s%s", name,
        nearest >= 0 ? ": did you mean '" : "", nearest >= 0 ? all[nearest] : "", nearest >= 0 ? "'?" : "");
}

static int hex_digit(char c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* NULL when out of memory. What is no escape stays as it is. */
static char *decoded(const char *value, size_t length) {
    lw_text text = {0};
    for (size_t i = 0; i < length; i++) {
        int high = value[i] == '%' && i + 2 < length ? hex_digit(value[i + 1]) : -1;
        int low = high >= 0 ? hex_digit(value[i + 2]) : -1;
        char byte = low >= 0 ? (char)(high * 16 + low) : value[i];
        lw_text_append(&text, &byte, 1);
        i += low >= 0 ? 2 : 0;
    }
    return lw_text_take(&text);
}

static int check_own(own_option option, const char *value, lw_error *error) {
    size_t length = strlen(value);
    if (option == PASSWORD_FILE)
        return LW_OK;
    if (length == 0 || length > 100 || strchr(value, '$') || lw_utf8_invalid_at(value, length) != length ||
        strncmp(value, "system.", 7) == 0)
        return lw_error_set(error, LW_EINVAL,
                            "the option %s of the MongoDB address must be 1 to 100 bytes of text without $",
                            own_names[option]);
    return LW_OK;
}

static int read_option(option_reader *self, const char *text, size_t length) {
    const char *equals = memchr(text, '=', length);
    size_t name_length = equals ? (size_t)(equals - text) : length;
    char name[65];
    bson_snprintf(name, sizeof name, "%.*s", (int)(name_length < 64 ? name_length : 64), text);
    name[lw_utf8_invalid_at(name, strlen(name))] = '\0';
    if (!equals)
        return lw_error_set(self->error, LW_EINVAL, "the option '%s' of the MongoDB address has no value", name);
    int own = find_own(name);
    if (own < 0 && !is_driver_option(name))
        return unknown_option(name, self->error);
    if (own < 0) {
        lw_text_add(&self->driver, self->driver.length > 0 ? "&" : "?");
        lw_text_append(&self->driver, text, length);
        return LW_OK;
    }
    lw_free(self->own[own]);
    self->own[own] = decoded(equals + 1, length - name_length - 1);
    return self->own[own] ? check_own((own_option)own, self->own[own], self->error) : lw_error_no_memory(self->error);
}

static int read_options(option_reader *self, const char *text) {
    int code = LW_OK;
    while (*text && code == LW_OK) {
        size_t length = strcspn(text, "&;");
        if (length > 0)
            code = read_option(self, text, length);
        text += length + (text[length] != '\0');
    }
    return code;
}

/* What the store relies on, whatever the address says, and what it would not say otherwise. */
static bool set_up_uri(mongoc_uri_t *uri, double busy_timeout_s) {
    const int32_t selection_ms = 5000, longest_ms = 30000;
    int32_t busy_ms = (int32_t)(busy_timeout_s < 1e6 ? busy_timeout_s * 1000 : 1e9);
    mongoc_read_concern_t *read = mongoc_read_concern_new();
    mongoc_read_concern_set_level(read, MONGOC_READ_CONCERN_LEVEL_MAJORITY);
    mongoc_uri_set_read_concern(uri, read);
    mongoc_read_concern_destroy(read);
    const mongoc_write_concern_t *given = mongoc_uri_get_write_concern(uri);
    mongoc_write_concern_t *write = given ? mongoc_write_concern_copy(given) : mongoc_write_concern_new();
    int64_t timeout_ms = mongoc_write_concern_get_wtimeout_int64(write);
    mongoc_write_concern_set_w(write, MONGOC_WRITE_CONCERN_W_MAJORITY);
    mongoc_write_concern_set_wtimeout_int64(write, timeout_ms > 0 ? timeout_ms : busy_ms);
    mongoc_uri_set_write_concern(uri, write);
    mongoc_write_concern_destroy(write);
    mongoc_read_prefs_t *primary = mongoc_read_prefs_new(MONGOC_READ_PRIMARY);
    mongoc_uri_set_read_prefs_t(uri, primary);
    mongoc_read_prefs_destroy(primary);
    const bson_t *options = mongoc_uri_get_options(uri);
    bool done = mongoc_uri_set_option_as_bool(uri, MONGOC_URI_SERVERSELECTIONTRYONCE, false);
    if (!bson_has_field(options, MONGOC_URI_SERVERSELECTIONTIMEOUTMS))
        done &= mongoc_uri_set_option_as_int32(uri, MONGOC_URI_SERVERSELECTIONTIMEOUTMS, selection_ms);
    int32_t selected_ms = mongoc_uri_get_option_as_int32(uri, MONGOC_URI_SERVERSELECTIONTIMEOUTMS, selection_ms);
    if (!bson_has_field(mongoc_uri_get_options(uri), MONGOC_URI_CONNECTTIMEOUTMS))
        done &= mongoc_uri_set_option_as_int32(uri, MONGOC_URI_CONNECTTIMEOUTMS, selected_ms);
    if (!bson_has_field(mongoc_uri_get_options(uri), MONGOC_URI_SOCKETTIMEOUTMS))
        done &= mongoc_uri_set_option_as_int32(uri, MONGOC_URI_SOCKETTIMEOUTMS, longest_ms);
    if (!bson_has_field(mongoc_uri_get_options(uri), MONGOC_URI_APPNAME))
        done &= mongoc_uri_set_option_as_utf8(uri, MONGOC_URI_APPNAME, "labwatch");
    /* The store sends again what had no reply, and knows what came of it, on servers without sessions, too. */
    if (!bson_has_field(mongoc_uri_get_options(uri), MONGOC_URI_RETRYWRITES))
        done &= mongoc_uri_set_option_as_bool(uri, MONGOC_URI_RETRYWRITES, false);
    if (!bson_has_field(mongoc_uri_get_options(uri), MONGOC_URI_RETRYREADS))
        done &= mongoc_uri_set_option_as_bool(uri, MONGOC_URI_RETRYREADS, false);
    return done;
}

static char *joined(const char *first, const char *second, const char *third) {
    lw_text text = {0};
    lw_text_add(&text, first);
    lw_text_add(&text, second);
    lw_text_add(&text, third);
    return lw_text_take(&text);
}

/* Sacred's rule: with the prefix P, runs lie in P_runs and metrics in P_metrics. labwatch's own begin with labwatch_
 * all the same. */
static bool name_collections(mongo_address *out, char *const own[N_OWN_OPTIONS]) {
    const char *prefix = own[COLLECTION_PREFIX] ? own[COLLECTION_PREFIX] : "", *line = prefix[0] ? "_" : "";
    const char *gridfs = own[GRIDFS_PREFIX] ? own[GRIDFS_PREFIX] : "fs";
    char *before = joined("labwatch_", prefix, line);
    if (!before)
        return false;
    out->collections[MONGO_RUNS] =
        own[RUNS_COLLECTION] ? lw_strdup(own[RUNS_COLLECTION]) : joined(prefix, line, "runs");
    out->collections[MONGO_METRICS] =
        own[METRICS_COLLECTION] ? lw_strdup(own[METRICS_COLLECTION]) : joined(prefix, line, "metrics");
    out->collections[MONGO_FILES] = joined(gridfs, ".files", "");
    out->collections[MONGO_CHUNKS] = joined(gridfs, ".chunks", "");
    out->collections[MONGO_EXPERIMENTS] = joined(before, "experiments", "");
    out->collections[MONGO_ATTACHMENTS] = joined(before, "files", "");
    out->collections[MONGO_CACHE] = joined(before, "cache", "");
    lw_free(before);
    bool done = true;
    for (int i = 0; i < MONGO_N_COLLECTIONS; i++)
        done &= out->collections[i] != NULL;
    return done;
}

/* An index made for one of them, or what is removed from it, would spoil the other. */
static int check_collections(const mongo_address *address, lw_error *error) {
    for (int i = 0; i < MONGO_N_COLLECTIONS; i++)
        for (int j = i + 1; j < MONGO_N_COLLECTIONS; j++)
            if (strcmp(address->collections[i], address->collections[j]) == 0)
                return lw_error_set(error, LW_EINVAL,
                                    "with the options of the MongoDB address two things would lie in one collection, "
                                    "'%s': choose another name",
                                    address->collections[i]);
    return LW_OK;
}

static int no_database(lw_error *error) {
    return lw_error_set(error, LW_EINVAL, "the MongoDB address names no database: expected mongodb://HOST/DATABASE");
}

/* The password that the address itself does not have. */
static int read_password(mongo_address *out, const char *path, lw_error *error) {
    char *password = NULL;
    if (!path)
        return LW_OK;
    if (!mongoc_uri_get_username(out->uri) || mongoc_uri_get_password(out->uri))
        return lw_error_set(error, LW_EINVAL,
                            "the option passwordFile of the MongoDB address goes with a user without a password: "
                            "mongodb://USER@HOST/DATABASE?passwordFile=FILE");
    int code = lw_secret_from_file(&password, path, error);
    if (code != LW_OK)
        return lw_error_prefix(error, "passwordFile");
    if (!mongoc_uri_set_password(out->uri, password))
        code = lw_error_set(error, LW_EINVAL, "passwordFile: the driver cannot use what is in '%.200s'", path);
    explicit_bzero(password, strlen(password));
    lw_free(password);
    return code;
}

static int complete(mongo_address *out, option_reader *options, const char *scheme, const char *authority,
                    size_t length, lw_error *error) {
    const char *database = mongoc_uri_get_database(out->uri);
    if (!database || !database[0])
        return no_database(error);
    const char *at = memrchr(authority, '@', length);
    const char *hosts = at ? at + 1 : authority;
    lw_text place = {0};
    lw_text_format(&place, "%s://", scheme);
    lw_text_append(&place, hosts, (size_t)(authority + length - hosts));
    lw_text_format(&place, "/%s", database);
    out->place = lw_text_take(&place);
    out->database = lw_strdup(database);
    bool named = out->place && out->database && name_collections(out, options->own);
    return named ? check_collections(out, error) : lw_error_no_memory(error);
}

/* A password that is not escaped would be taken for a host, a database or an option, and be in sentences about these.
 * length: of the text until the options begin; authority: until the database does. */
static int check_user(const char *text, size_t length, size_t authority, lw_error *error) {
    const char *first = strchr(text, '@'); /* perhaps in what only seems to be an option */
    if (!first || (first == memrchr(text, '@', length) && first < text + authority))
        return LW_OK;
    return lw_error_set(error, LW_EINVAL,
                        "the MongoDB address has an '@' too many: only that before the host may stand as it is, others "
                        "are written %%40, and in a user's name or password ':' is %%3A, '/' %%2F, '?' %%3F and '%%' "
                        "%%25");
}

static int read_address(mongo_address *out, option_reader *options, const char *scheme, const char *address,
                        double busy_timeout_s, lw_error *error) {
    if (strncmp(address, "//", 2) != 0 || address[2] == '\0')
        return lw_error_set(error, LW_EINVAL, "the address of a MongoDB store is %s://HOST/DATABASE", scheme);
    size_t length = strcspn(address, "?");
    size_t authority = strcspn(address + 2, "/?");
    int code = check_user(address + 2, length - 2, authority, error);
    if (code != LW_OK)
        return code;
    if (address[2 + authority] != '/' || 2 + authority + 1 == length)
        return no_database(error);
    code = read_options(options, address + length + (address[length] == '?'));
    if (code != LW_OK)
        return code;
    lw_text uri = {0};
    lw_text_format(&uri, "%s:", scheme);
    lw_text_append(&uri, address, length);
    lw_text_append(&uri, options->driver.bytes ? options->driver.bytes : "", options->driver.length);
    char *text = lw_text_take(&uri);
    if (!text || options->driver.failed) {
        lw_free(text);
        return lw_error_no_memory(error);
    }
    bson_error_t failure = {0};
    out->uri = mongoc_uri_new_with_error(text, &failure);
    lw_free(text);
    if (!out->uri || !set_up_uri(out->uri, busy_timeout_s))
        return lw_error_set(error, LW_EINVAL, "the MongoDB address cannot be read: %.300s",
                            failure.message[0] ? failure.message : "one of its options has a wrong value");
    code = read_password(out, options->own[PASSWORD_FILE], error);
    return code == LW_OK ? complete(out, options, scheme, address + 2, authority, error) : code;
}

void mongo_address_release(mongo_address *address) {
    if (address->uri)
        mongoc_uri_destroy(address->uri);
    lw_free(address->database);
    lw_free(address->place);
    for (int i = 0; i < MONGO_N_COLLECTIONS; i++)
        lw_free(address->collections[i]);
    *address = (mongo_address){0};
}

int mongo_address_read(mongo_address *out, const char *scheme, const char *address, double busy_timeout_s,
                       lw_error *error) {
    option_reader options = {.error = error};
    *out = (mongo_address){0};
    int code = read_address(out, &options, scheme, address, busy_timeout_s, error);
    lw_text_release(&options.driver);
    for (int i = 0; i < N_OWN_OPTIONS; i++)
        lw_free(options.own[i]);
    if (code != LW_OK)
        mongo_address_release(out);
    return code;
}
