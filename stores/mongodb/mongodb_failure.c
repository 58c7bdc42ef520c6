/* The MongoDB store: what went wrong, as a code and a sentence. */
#include <string.h>

#include "mongodb_internal.h"

enum {
    CODE_DUPLICATE = 11000,
    CODE_UNAUTHORIZED = 13,
    CODE_READ_ONLY_VIEW = 166,
    CODE_TOO_LARGE = 10334,
    CODE_TOO_LARGE_AFTER_UPDATE = 17419
};

/* The server steps down, shuts down, is not the primary, or waited too long for the others. */
static bool is_passing_code(uint32_t code) {
    static const uint32_t codes[] = {6,    7,     24,    50,    64,    89,    91,    112,   134,   189,   262,  384,
                                     9001, 10058, 10107, 11600, 11602, 13388, 13435, 13436, 14031, 17406, 17408};
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        if (codes[i] == code)
            return true;
    return false;
}

static bool is_of_server(const bson_error_t *failure) {
    return failure->domain == MONGOC_ERROR_SERVER || failure->domain == MONGOC_ERROR_WRITE_CONCERN;
}

/* What happens to a connection while it greets or logs in, the driver tells in another domain: there, too, it passes. */
static bool is_of_broken_connection(const bson_error_t *failure) {
    if (failure->domain == MONGOC_ERROR_CLIENT && failure->code == MONGOC_ERROR_CLIENT_AUTHENTICATE)
        return strncmp(failure->message, "Failed to send ", strlen("Failed to send ")) == 0;
    return failure->domain == MONGOC_ERROR_STREAM ||
           (failure->domain == MONGOC_ERROR_CLIENT && failure->code <= MONGOC_ERROR_STREAM_NOT_ESTABLISHED);
}

bool mongo_is_of_connection(const bson_error_t *failure) {
    return failure->domain == MONGOC_ERROR_SERVER_SELECTION || is_of_broken_connection(failure);
}

bool mongo_is_passing(const bson_error_t *failure) {
    return is_of_broken_connection(failure) || (is_of_server(failure) && is_passing_code(failure->code));
}

bool mongo_is_duplicate(const bson_error_t *failure) {
    return failure->domain == MONGOC_ERROR_SERVER && failure->code == CODE_DUPLICATE;
}

static bool is_too_large(const bson_error_t *failure) {
    return failure->domain == MONGOC_ERROR_BSON ||
           (failure->domain == MONGOC_ERROR_SERVER &&
            (failure->code == CODE_TOO_LARGE || failure->code == CODE_TOO_LARGE_AFTER_UPDATE));
}

static const char *user_of(const mongo_store *store) {
    const char *user = mongoc_uri_get_username(store->uri);
    return user ? user : "";
}

static int not_authorized(const mongo_store *store, const bson_error_t *failure, lw_error *error) {
    if (!user_of(store)[0])
        return lw_error_set(error, LW_ESTORE,
                            "%s wants a user and a password (mongodb://USER:PASSWORD@HOST/DB): %.300s", store->place,
                            failure->message);
    return lw_error_set(error, LW_ESTORE,
                        "the user '%.100s' may not do this in %s; labwatch needs the role readWrite there: %.300s",
                        user_of(store), store->place, failure->message);
}

static int not_authenticated(const mongo_store *store, lw_error *error) {
    return lw_error_set(
        error, LW_ESTORE,
        "%s does not accept the user '%.100s' with this password; if the user is kept in another database, name it "
        "with authSource, mostly ?authSource=admin",
        store->place, user_of(store));
}

/* What would be right, as far as the driver's words tell. */
static const char *advice(const mongo_store *store, const char *words) {
    bool tls = mongoc_uri_get_tls(store->uri);
    if (strstr(words, "certificate verify failed"))
        return "its certificate is not trusted here: tlsCAFile=FILE names the authority that signed it";
    if (strstr(words, "TLS handshake failed"))
        return "the address says tls=true, but the server there may speak no TLS, or want a certificate "
               "(tlsCertificateKeyFile=FILE)";
    if (strstr(words, "connection closed") && !tls)
        return "what answers there closes the connection: a server with TLS needs tls=true in the address";
    if (strstr(words, "Invalid reply"))
        return "what answers there is no MongoDB server";
    if (strstr(words, "replica set") || mongoc_uri_get_replica_set(store->uri))
        return "does it belong to the replica set that the address names, and has that a primary?";
    return tls ? "is it running, can it be reached from here, and does it speak TLS, as the address says?"
               : "is it running, and can it be reached from here?";
}

static int no_server(const mongo_store *store, const bson_error_t *failure, lw_error *error) {
    return lw_error_set(
        error, LW_EUNAVAILABLE, "no MongoDB server for %s was found within %.3g s; %s (%.400s)", store->place,
        mongoc_uri_get_option_as_int32(store->uri, MONGOC_URI_SERVERSELECTIONTIMEOUTMS, 0) / 1000.0,
        advice(store, failure->message), failure->message);
}

int mongo_failed(const mongo_store *store, const bson_error_t *failure, lw_error *error) {
    if (mongo_is_passing(failure))
        return lw_error_set(error, LW_EUNAVAILABLE, "%s is away at the moment: %.400s", store->place, failure->message);
    if (failure->domain == MONGOC_ERROR_CLIENT && failure->code == MONGOC_ERROR_CLIENT_AUTHENTICATE)
        return not_authenticated(store, error);
    if (failure->domain == MONGOC_ERROR_SERVER_SELECTION)
        return no_server(store, failure, error);
    if (failure->domain == MONGOC_ERROR_PROTOCOL && failure->code == MONGOC_ERROR_PROTOCOL_BAD_WIRE_VERSION)
        return lw_error_set(error, LW_EUNSUPPORTED, "the server of %s is of another age than this driver: %.400s",
                            store->place, failure->message);
    if (is_of_server(failure) && (failure->code == CODE_UNAUTHORIZED || failure->code == CODE_READ_ONLY_VIEW))
        return not_authorized(store, failure, error);
    if (is_too_large(failure))
        return lw_error_set(error, LW_EUNSUPPORTED,
                            "what is to be stored in %s is too large for a document of MongoDB: %.300s", store->place,
                            failure->message);
    return lw_error_set(error, LW_ESTORE, "%s cannot do what is asked of it: %.400s (error %u)", store->place,
                        failure->message, (unsigned)failure->code);
}
