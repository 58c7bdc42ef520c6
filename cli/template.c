#include "template.h"

#include <string.h>

#include <labwatch/sys/memory.h>

#include "quote.h"
#include "say.h"

/* A piece of a template: literal text, or the name in a placeholder. */
typedef struct template_piece {
    const char *bytes;
    size_t length;
    bool placeholder;
} template_piece;

/* Takes the next piece off *at. An exit code. */
static int next_piece(const char **at, template_piece *out) {
    const char *text = *at;
    if ((text[0] == '{' && text[1] == '{') || (text[0] == '}' && text[1] == '}')) {
        *out = (template_piece){text, 1, false};
        *at += 2;
    } else if (text[0] == '{') {
        const char *end = strchr(text, '}');
        if (!end || end == text + 1)
            return fail(EXIT_WRONG, "--template: '{' begins a placeholder such as {name}; for a brace, write {{");
        *out = (template_piece){text + 1, (size_t)(end - text - 1), true};
        *at = end + 1;
    } else if (text[0] == '}') {
        return fail(EXIT_WRONG, "--template: '}' ends no placeholder; for a brace, write }}");
    } else {
        *out = (template_piece){text, strcspn(text, "{}"), false};
        *at += out->length;
    }
    return EXIT_DONE;
}

static bool is_name(const template_piece *piece, const char *name) {
    return strlen(name) == piece->length && memcmp(name, piece->bytes, piece->length) == 0;
}

static int unknown_name(const template_piece *piece, char *const *names, size_t n) {
    char *name = need(lw_strndup(piece->bytes, piece->length));
    int nearest = lw_nearest(name, (const char *const *)names, n);
    if (nearest >= 0)
        say("--template: there is no '%s': did you mean '%s'?", name, names[nearest]);
    else
        say("--template: there is no '%s' in the configuration", name);
    lw_free(name);
    return EXIT_WRONG;
}

int template_check(const char *text, char *const *names, size_t n) {
    template_piece piece;
    while (*text) {
        int code = next_piece(&text, &piece);
        if (code != EXIT_DONE)
            return code;
        bool known = !piece.placeholder || is_name(&piece, "run") || is_name(&piece, "seed");
        for (size_t i = 0; i < n && !known; i++)
            known = is_name(&piece, names[i]);
        if (!known)
            return unknown_name(&piece, names, n);
    }
    return EXIT_DONE;
}

/* A name of the configuration comes before ours. */
static int add_value(lw_text *out, const template_piece *piece, const template_values *values) {
    char *name = need(lw_strndup(piece->bytes, piece->length));
    lw_error error;
    size_t before = out->length;
    int code = lw_config_spell(values->config, name, out, &error);
    if (code == LW_ENOTFOUND && strcmp(name, "run") == 0)
        lw_text_format(out, "%lld", (long long)values->run_id), code = LW_OK;
    else if (code == LW_ENOTFOUND && strcmp(name, "seed") == 0)
        lw_text_format(out, "%llu", (unsigned long long)values->seed), code = LW_OK;
    lw_free(name);
    if (code != LW_OK)
        return fail_with(&error);
    if (out->length > before && memchr(out->bytes + before, 0, out->length - before))
        return fail(EXIT_WRONG, "a value has a 0 byte, which no argument can hold; --format json can");
    return EXIT_DONE;
}

static void end_word(lw_text *out, lw_text *word, bool *begun) {
    if (*begun) {
        if (out->length)
            lw_text_add(out, " ");
        quote_for_xargs(out, word->bytes ? word->bytes : "", word->length);
    }
    word->length = 0;
    *begun = false;
}

/* Only blanks of the template itself end a word: those of a value stay in it. */
static void add_literal(lw_text *out, lw_text *word, bool *begun, const template_piece *piece) {
    for (size_t i = 0; i < piece->length; i++) {
        if (strchr(" \t\n", piece->bytes[i])) {
            end_word(out, word, begun);
        } else {
            lw_text_append(word, piece->bytes + i, 1);
            *begun = true;
        }
    }
}

static int fill_words(lw_text *out, const char *text, const template_values *values) {
    lw_text line = {0}, word = {0};
    bool begun = false;
    int code = EXIT_DONE;
    while (*text && code == EXIT_DONE) {
        template_piece piece;
        code = next_piece(&text, &piece);
        if (code == EXIT_DONE && piece.placeholder) {
            begun = true;
            code = add_value(&word, &piece, values);
        } else if (code == EXIT_DONE) {
            add_literal(&line, &word, &begun, &piece);
        }
    }
    end_word(&line, &word, &begun);
    lw_text_append(out, line.bytes ? line.bytes : "", line.length);
    lw_text_release(&line);
    lw_text_release(&word);
    return code;
}

static int fill_plainly(lw_text *out, const char *text, const template_values *values) {
    int code = EXIT_DONE;
    while (*text && code == EXIT_DONE) {
        template_piece piece;
        code = next_piece(&text, &piece);
        if (code == EXIT_DONE && piece.placeholder)
            code = add_value(out, &piece, values);
        else if (code == EXIT_DONE)
            lw_text_append(out, piece.bytes, piece.length);
    }
    return code;
}

int template_fill(lw_text *out, const char *text, const template_values *values, bool as_words) {
    return as_words ? fill_words(out, text, values) : fill_plainly(out, text, values);
}
