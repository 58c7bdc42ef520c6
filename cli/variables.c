#include "variables.h"

#include <string.h>
#include <strings.h>

#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

#include "say.h"

/* What shells themselves read or set, whole names. Compared without regard to case: zsh ties path to PATH. */
static const char *const reserved_names[] = {
    "_",
    "ARGV",
    "CDPATH",
    "COLUMNS",
    "DIRSTACK",
    "EDITOR",
    "EGID",
    "ENV",
    "EUID",
    "FCEDIT",
    "FIGNORE",
    "FPATH",
    "FUNCNAME",
    "FUNCNEST",
    "GID",
    "GROUPS",
    "HISTCMD",
    "HISTFILE",
    "HISTSIZE",
    "HOME",
    "HOSTFILE",
    "HOSTNAME",
    "HOSTTYPE",
    "IFS",
    "IGNOREEOF",
    "INPUTRC",
    "LANG",
    "LANGUAGE",
    "LINENO",
    "LINES",
    "LOGNAME",
    "MACHTYPE",
    "MAIL",
    "MAILCHECK",
    "MAILPATH",
    "MANPATH",
    "MODULE_PATH",
    "NULLCMD",
    "OLDPWD",
    "OPTARG",
    "OPTERR",
    "OPTIND",
    "OSTYPE",
    "PAGER",
    "PATH",
    "PIPESTATUS",
    "POSIXLY_CORRECT",
    "PPID",
    "PROMPT",
    "PROMPT_COMMAND",
    "PS0",
    "PS1",
    "PS2",
    "PS3",
    "PS4",
    "PWD",
    "RANDOM",
    "READNULLCMD",
    "REPLY",
    "RPROMPT",
    "SECONDS",
    "SHELL",
    "SHELLOPTS",
    "SHLVL",
    "SIGNALS",
    "STATUS",
    "TERM",
    "TERMINFO",
    "TEXTDOMAIN",
    "TIMEFORMAT",
    "TMOUT",
    "TMP",
    "TEMP",
    "TMPDIR",
    "TMPPREFIX",
    "TZ",
    "TZDIR",
    "UID",
    "USER",
    "USERNAME",
    "VISUAL",
    "WATCH",
    "WATCHFMT",
    "WORDCHARS",
    "ZDOTDIR",
    "LOCPATH",
    "NLSPATH",
    "LOCALDOMAIN",
    "RES_OPTIONS",
    "CLASSPATH",
    "GETCONF_DIR",
};

/* Beginnings of names that the loader, libraries, interpreters and tools read, and labwatch's own. */
static const char *const reserved_beginnings[] = {
    "LABWATCH_", "LD_",        "DYLD_",       "LC_",     "BASH",   "COMP_", "READLINE_", "ZSH",
    "KSH",       "MALLOC_",    "GLIBC_",      "GCONV_",  "PYTHON", "PERL",  "RUBY",      "GEM_",
    "NODE_",     "NPM_",       "JAVA",        "JDK_",    "_JAVA",  "GIT_",  "SSH_",      "SUDO_",
    "XDG_",      "DBUS_",      "SYSTEMD_",    "LIBPATH", "SHLIB_", "GTK_",  "QT_",       "OPENSSL_",
    "SSL_",      "HTTP_PROXY", "HTTPS_PROXY", "R_",      "JULIA_", "LUA_",  "MAKEFLAGS", "__",
};

static bool is_reserved(const char *name) {
    for (size_t i = 0; i < sizeof reserved_names / sizeof *reserved_names; i++)
        if (strcasecmp(name, reserved_names[i]) == 0)
            return true;
    for (size_t i = 0; i < sizeof reserved_beginnings / sizeof *reserved_beginnings; i++)
        if (strncmp(name, reserved_beginnings[i], strlen(reserved_beginnings[i])) == 0)
            return true;
    return false;
}

static bool may_be_in_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* One `_` for each character that is not allowed, however many bytes it has; and none is begun by a digit. */
static char *variable_name(const char *prefix, const char *name) {
    lw_text out = {0};
    lw_text_add(&out, prefix ? prefix : "");
    if (out.length == 0 && name[0] >= '0' && name[0] <= '9')
        lw_text_add(&out, "_");
    for (; *name; name++) {
        bool inside_character = ((unsigned char)*name & 0xC0) == 0x80;
        if (may_be_in_name(*name))
            lw_text_append(&out, name, 1);
        else if (!inside_character)
            lw_text_add(&out, "_");
    }
    return need(lw_text_take(&out));
}

static int check_prefix(const char *prefix) {
    for (const char *at = prefix; at && *at; at++)
        if (!may_be_in_name(*at) || (at == prefix && *at >= '0' && *at <= '9'))
            return fail(EXIT_WRONG, "--prefix '%s' cannot begin a variable's name: letters, digits and _ can", prefix);
    return EXIT_DONE;
}

static int check_variable(const name_list *variables, const name_list *names, size_t i) {
    if (strspn(variables->items[i], "_") == strlen(variables->items[i]))
        return fail(EXIT_WRONG,
                    "'%s' has no letter that the name of a shell's variable may have; --prefix begins the names with "
                    "something, --format json keeps them",
                    names->items[i]);
    if (is_reserved(variables->items[i]))
        return fail(EXIT_WRONG,
                    "'%s' would set the variable %s, which the shell or the system reads; --prefix gives the variables "
                    "other names",
                    names->items[i], variables->items[i]);
    for (size_t j = 0; j < i; j++)
        if (strcmp(variables->items[i], variables->items[j]) == 0)
            return fail(EXIT_WRONG, "'%s' and '%s' would both be the variable %s; --format json tells them apart",
                        names->items[j], names->items[i], variables->items[i]);
    return EXIT_DONE;
}

int variables_of(name_list *out, const name_list *names, const char *prefix) {
    *out = (name_list){.items = need(lw_calloc(names->n + 1, sizeof *out->items))};
    int code = check_prefix(prefix);
    for (size_t i = 0; i < names->n && code == EXIT_DONE; i++) {
        out->items[out->n++] = variable_name(prefix, names->items[i]);
        code = check_variable(out, names, i);
    }
    if (code != EXIT_DONE)
        config_names_release(out);
    return code;
}
