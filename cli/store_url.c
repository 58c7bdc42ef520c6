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
    size_t scheme = strlen(SQLITE);
    bool relative = strncmp(url, SQLITE, scheme) == 0 && url[scheme] && !strchr("/:?", url[scheme]);
    char *folder = relative ? getcwd(NULL, 0) : NULL;
    lw_text absolute = {0};
    if (folder)
        lw_text_format(&absolute, SQLITE "%s/%s", folder, url + scheme);
    else
        lw_text_add(&absolute, url);
    free(folder);
    return need(lw_text_take(&absolute));
}
