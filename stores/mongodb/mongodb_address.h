/**
 * The address of a MongoDB store: the driver's URI, and options of the store's own among those of the driver.
 */
#ifndef LABWATCH_MONGODB_ADDRESS_H
#define LABWATCH_MONGODB_ADDRESS_H

#include "mongodb_internal.h"

typedef struct mongo_address {
    mongoc_uri_t *uri;
    char *database;
    char *place; /**< without user, password and options */
    char *collections[MONGO_N_COLLECTIONS];
} mongo_address;

/** scheme is "mongodb" or "mongodb+srv", address what stands behind it and its colon. LW_EINVAL, never with the
 * password. */
int mongo_address_read(mongo_address *out, const char *scheme, const char *address, double busy_timeout_s,
                       lw_error *error);
/** What was not taken out of it. */
void mongo_address_release(mongo_address *address);

#endif
