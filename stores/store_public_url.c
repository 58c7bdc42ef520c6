#include <string.h>
#include <strings.h>

#include <labwatch/store.h>
#include <labwatch/sys/text.h>

/* Options of drivers that may hold a secret: tlsCertificateKeyFilePassword, authMechanismProperties, … */
static bool may_be_secret(const char *option, size_t length) {
    static const char *const words[] = {"password", "passwd", "pwd", "secret", "token", "properties"};
    const char *equals = memchr(option, '=', length);
    size_t name_length = equals ? (size_t)(equals - option) : length;
    for (size_t w = 0; w < sizeof words / sizeof *words; w++)
        for (size_t i = 0; i + strlen(words[w]) <= name_length; i++)
            if (strncasecmp(option + i, words[w], strlen(words[w])) == 0)
                return true;
    return false;
}

static void add_options(lw_text *out, const char *options) {
    char before = '?';
    for (const char *option = options; *option;) {
        size_t length = strcspn(option, "&");
        if (!may_be_secret(option, length)) {
            lw_text_append(out, &before, 1);
            lw_text_append(out, option, length);
            before = '&';
        }
        option += length + (option[length] == '&');
    }
}

char *lw_store_public_url(const char *url) {
    lw_text out = {0};
    const char *server = strstr(url, "://");
    if (!server) {
        lw_text_add(&out, url);
        return lw_text_take(&out);
    }
    server += 3;
    const char *at = strrchr(server, '@'); /* the last one, wherever: what a password has in it is not to be relied on */
    const char *host = at ? at + 1 : server;
    const char *options = strchr(host, '?');
    lw_text_append(&out, url, (size_t)(server - url));
    lw_text_append(&out, host, options ? (size_t)(options - host) : strlen(host));
    if (options)
        add_options(&out, options + 1);
    return lw_text_take(&out);
}
