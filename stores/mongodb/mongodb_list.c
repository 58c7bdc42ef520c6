/* The MongoDB store: lists that grow, and documents inside documents. */
#include "mongodb_internal.h"

enum { KEY_SIZE = 16 };

static const char *next_key(const mongo_list *list, char room[KEY_SIZE]) {
    const char *key;
    bson_uint32_to_string(list->n, &key, room, KEY_SIZE);
    return key;
}

bool mongo_list_append(mongo_list *list, const bson_iter_t *value) {
    char room[KEY_SIZE];
    bool fits = bson_append_iter(&list->array, next_key(list, room), -1, value);
    list->n += fits;
    return fits;
}

bool mongo_list_append_text(mongo_list *list, const char *text) {
    char room[KEY_SIZE];
    bool fits = bson_append_utf8(&list->array, next_key(list, room), -1, text, -1);
    list->n += fits;
    return fits;
}

bool mongo_list_append_document(mongo_list *list, const bson_t *document) {
    char room[KEY_SIZE];
    bool fits = bson_append_document(&list->array, next_key(list, room), -1, document);
    list->n += fits;
    return fits;
}

int mongo_list_keep(void *list, const bson_t *document, lw_error *error) {
    return mongo_list_append_document(list, document) ? LW_OK : lw_error_no_memory(error);
}

bool mongo_view_document(const bson_iter_t *at, bson_t *out) {
    const uint8_t *bytes;
    uint32_t length;
    if (!BSON_ITER_HOLDS_DOCUMENT(at))
        return false;
    bson_iter_document(at, &length, &bytes);
    return bson_init_static(out, bytes, length);
}
