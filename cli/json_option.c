#include "json_option.h"

#include <labwatch/document.h>

#include "say.h"

int read_json(bson_t *out, const char *text, size_t length, const char *what) {
    lw_error error;
    if (lw_document_from_json(out, text, length, &error) == LW_OK)
        return EXIT_DONE;
    lw_error_prefix(&error, "%s", what);
    return fail_with(&error);
}
