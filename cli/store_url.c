#include "store_url.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

#include "say.h"

#define DEFAULT_STORE "sqlite:labwatch.db"
#define SQLITE        "sqlite:"

const char *store_url(const cli_arguments *given) {
    const char *url = option_text(given, "store");
    if (url)
        return url;
    url = getenv("LABWATCH_STORE");
    return url && *url ? url : DEFAULT_STORE;
}

char *store_url_absolute(const char *url) {
    bool in_file = url[0] == '@';
    size_t before = in_file ? 1 : strlen(SQLITE); /* the path */
    bool names_file = in_file || strncmp(url, SQLITE, before) == 0;
    bool relative = names_file && url[before] && !strchr(in_file ? "/" : "/:?", url[before]);
    char *folder = relative ? getcwd(NULL, 0) : NULL;
    lw_text absolute = {0};
    if (folder)
        lw_text_format(&absolute, "%.*s%s/%s", (int)before, url, folder, url + before);
    else
        lw_text_add(&absolute, url);
    free(folder);
    return need(lw_text_take(&absolute));
}
