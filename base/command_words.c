#include "command_words.h"

#include <stdbool.h>
#include <string.h>

#include <labwatch/sys/memory.h>

/** Words while they are being collected: room for the final NULL is always there. */
typedef struct word_list {
    lw_words words;
    size_t capacity;
} word_list;

void lw_words_release(lw_words *words) {
    for (size_t i = 0; i < words->count; i++)
        lw_free(words->items[i]);
    lw_free(words->items);
    *words = (lw_words){0};
}

/** Takes over word, which may be NULL when memory was gone. */
static int add_word(word_list *list, char *word, lw_error *error) {
    if (!word || !lw_array_reserve(&list->words.items, &list->capacity, list->words.count + 1, sizeof(char *))) {
        lw_free(word);
        return lw_error_no_memory(error);
    }
    list->words.items[list->words.count++] = word;
    list->words.items[list->words.count] = NULL;
    return LW_OK;
}

/* Splitting. */

typedef struct splitter {
    const char *line;
    size_t length;
    size_t at;
    lw_text word;
    bool quoted; /**< something of the word was quoted, so it is one even if empty */
} splitter;

/** Columns count characters, as an editor does. */
static size_t column_of(const splitter *s, size_t offset) {
    size_t column = 1;
    for (size_t i = 0; i < offset && i < s->length; i++)
        column += ((unsigned char)s->line[i] & 0xC0) != 0x80;
    return column;
}

static bool is_separator(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void skip_separators(splitter *s) {
    while (s->at < s->length) {
        if (is_separator(s->line[s->at]))
            s->at++;
        else if (s->line[s->at] == '\\' && s->at + 1 < s->length && s->line[s->at + 1] == '\n')
            s->at += 2;
        else
            return;
    }
}

static int unterminated(const splitter *s, size_t start, lw_error *error) {
    char quote = s->line[start];
    return lw_error_set(error, LW_EPARSE, "column %zu: the quote %c has no end; write \\%c for the character itself",
                        column_of(s, start), quote, quote);
}

static int split_single_quotes(splitter *s, lw_error *error) {
    size_t start = s->at++;
    const char *end = memchr(s->line + s->at, '\'', s->length - s->at);
    if (!end)
        return unterminated(s, start, error);
    size_t length = (size_t)(end - (s->line + s->at));
    lw_text_append(&s->word, s->line + s->at, length);
    s->at += length + 1;
    s->quoted = true;
    return LW_OK;
}

static int split_double_quotes(splitter *s, lw_error *error) {
    size_t start = s->at++;
    s->quoted = true;
    while (s->at < s->length && s->line[s->at] != '"') {
        if (s->line[s->at] == '\\' && s->at + 1 < s->length && memchr("\"\\$`\n", s->line[s->at + 1], 5)) {
            s->at++;
            if (s->line[s->at] == '\n') {
                s->at++;
                continue;
            }
        }
        lw_text_append(&s->word, s->line + s->at++, 1);
    }
    if (s->at == s->length)
        return unterminated(s, start, error);
    s->at++;
    return LW_OK;
}

static int split_backslash(splitter *s, lw_error *error) {
    if (s->at + 1 == s->length)
        return lw_error_set(error, LW_EPARSE, "column %zu: nothing follows the \\; write \\\\ for the character itself",
                            column_of(s, s->at));
    if (s->line[s->at + 1] != '\n') {
        lw_text_append(&s->word, s->line + s->at + 1, 1);
        s->quoted = true;
    }
    s->at += 2;
    return LW_OK;
}

/** A word that a shell would act upon: no shell will, so the program would get it as an argument. */
static bool is_operator(const char *word, size_t length) {
    static const char *const operators[] = {"|",  "||", "&",   "&&",   ";",   "<",    ">",  ">>", "<<",
                                            "|&", "&>", "1>",  "2>",   "1>>", "2>>",  ">|", "0<", "<<<",
                                            "(",  ")",  "2>&1", "1>&2", ">&2", ">&1"};
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
        if (strlen(operators[i]) == length && memcmp(operators[i], word, length) == 0)
            return true;
    return false;
}

static int split_word(splitter *s, lw_error *error) {
    size_t start = s->at;
    s->quoted = false;
    int code = LW_OK;
    while (code == LW_OK && s->at < s->length && !is_separator(s->line[s->at])) {
        switch (s->line[s->at]) {
        case '\'':
            code = split_single_quotes(s, error);
            break;
        case '"':
            code = split_double_quotes(s, error);
            break;
        case '\\':
            code = split_backslash(s, error);
            break;
        default:
            lw_text_append(&s->word, s->line + s->at++, 1);
        }
    }
    if (code == LW_OK && !s->quoted && s->word.length > 0 && is_operator(s->word.bytes, s->word.length))
        return lw_error_set(error, LW_EPARSE,
                            "column %zu: no shell reads the command, so %s would be an argument; write '%s' if that is "
                            "meant, or sh -c '…'",
                            column_of(s, start), s->word.bytes, s->word.bytes);
    return code;
}

static int split_all(splitter *s, word_list *list, lw_error *error) {
    const char *zero = s->length ? memchr(s->line, 0, s->length) : NULL;
    if (zero)
        return lw_error_set(error, LW_EPARSE, "column %zu: a command cannot hold a 0 byte",
                            column_of(s, (size_t)(zero - s->line)));
    for (skip_separators(s); s->at < s->length; skip_separators(s)) {
        int code = split_word(s, error);
        if (code == LW_OK)
            code = add_word(list, lw_text_take(&s->word), error);
        if (code != LW_OK)
            return code;
    }
    if (list->words.count == 0)
        return lw_error_set(error, LW_EPARSE, "the command is empty; write the program and its arguments");
    if (list->words.items[0][0] == 0)
        return lw_error_set(error, LW_EPARSE, "the command's first word, the program, is empty");
    return LW_OK;
}

/** Hands the list over on success, and frees it otherwise. */
static int finish(word_list *list, int code, lw_words *out) {
    if (code == LW_OK)
        *out = list->words;
    else
        lw_words_release(&list->words);
    return code;
}

int lw_words_split(lw_words *out, const char *line, size_t length, lw_error *error) {
    splitter s = {.line = line, .length = length};
    word_list list = {0};
    int code = split_all(&s, &list, error);
    lw_text_release(&s.word);
    return finish(&list, code, out);
}

int lw_words_from_argv(lw_words *out, const char *const *argv, size_t count, lw_error *error) {
    if (count == 0 || argv[0][0] == 0)
        return lw_error_set(error, LW_EPARSE, "the command is empty; write the program and its arguments");
    word_list list = {0};
    int code = LW_OK;
    for (size_t i = 0; i < count && code == LW_OK; i++)
        code = add_word(&list, lw_strdup(argv[i]), error);
    return finish(&list, code, out);
}

/* Placeholders. */

/** One piece of a word: text as it stands, or a placeholder's name. */
typedef struct piece {
    const char *bytes;
    size_t length;
    bool is_placeholder;
} piece;

static bool is_name_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.' || ((unsigned char)c & 0x80);
}

bool lw_words_can_name(const char *name) {
    size_t length = 0;
    while (is_name_character(name[length]))
        length++;
    return length > 0 && name[length] == 0;
}

/** Takes the next piece off *at, which must not be at its end. False at a brace that is none of ours. */
static bool next_piece(const char **at, piece *out) {
    const char *start = *at;
    if (start[0] != '{' && start[0] != '}') {
        size_t length = strcspn(start, "{}");
        *out = (piece){start, length, false};
        *at = start + length;
        return true;
    }
    if (start[1] == start[0]) {
        *out = (piece){start, 1, false};
        *at = start + 2;
        return true;
    }
    size_t length = 0;
    while (is_name_character(start[1 + length]))
        length++;
    if (start[0] != '{' || length == 0 || start[1 + length] != '}')
        return false;
    *out = (piece){start + 1, length, true};
    *at = start + length + 2;
    return true;
}

/** A short, printable copy of a word for a sentence. */
static void quote_word(const char *word, lw_text *out) {
    size_t length = strnlen(word, 60);
    while (length > 0 && ((unsigned char)word[length] & 0xC0) == 0x80)
        length--;
    char *printable = lw_text_printable(word, length);
    lw_text_format(out, "'%s%s'", printable ? printable : "", word[length] ? "…" : "");
    lw_free(printable);
}

static int stray_brace(const char *word, const char *at, size_t index, lw_error *error) {
    lw_text quoted = {0};
    const char *why = "";
    if (*at == '{' && at[1] && !strchr("{}", at[1]))
        why = strchr(at, '}') ? ", which has only letters, digits, _, - and . in it" : ", as no '}' follows in this word";
    quote_word(word, &quoted);
    int code = lw_error_set(error, LW_EPARSE,
                            "word %zu, %s: '%c' does not belong to a {name}%s; write '%c%c' for the character itself",
                            index + 1, quoted.bytes ? quoted.bytes : "''", *at, why, *at, *at);
    lw_text_release(&quoted);
    return code;
}

int lw_words_each_placeholder(const lw_words *words, lw_placeholder_fn *fn, void *arg, lw_error *error) {
    for (size_t i = 0; i < words->count; i++) {
        const char *at = words->items[i];
        while (*at) {
            piece part;
            if (!next_piece(&at, &part))
                return stray_brace(words->items[i], at, i, error);
            int code = part.is_placeholder ? fn(arg, part.bytes, part.length, i, error) : LW_OK;
            if (code != LW_OK)
                return code;
        }
    }
    return LW_OK;
}

static int fill_placeholder(lw_text *out, const piece *name, lw_placeholder_value_fn *value, void *arg,
                            lw_error *error) {
    size_t before = out->length;
    int code = value(arg, name->bytes, name->length, out, error);
    if (code != LW_OK)
        return code;
    if (out->length > before && memchr(out->bytes + before, 0, out->length - before))
        return lw_error_set(error, LW_EINVAL, "the value of {%.*s} has a 0 byte, which no argument can hold",
                            (int)(name->length > 200 ? 200 : name->length), name->bytes);
    return LW_OK;
}

static int fill_word(lw_text *out, const char *word, size_t index, lw_placeholder_value_fn *value, void *arg,
                     lw_error *error) {
    const char *at = word;
    while (*at) {
        piece part;
        if (!next_piece(&at, &part))
            return stray_brace(word, at, index, error);
        if (!part.is_placeholder) {
            lw_text_append(out, part.bytes, part.length);
            continue;
        }
        int code = fill_placeholder(out, &part, value, arg, error);
        if (code != LW_OK)
            return code;
    }
    return LW_OK;
}

int lw_words_fill(lw_words *out, const lw_words *words, lw_placeholder_value_fn *value, void *arg, lw_error *error) {
    word_list list = {0};
    int code = LW_OK;
    for (size_t i = 0; i < words->count && code == LW_OK; i++) {
        lw_text word = {0};
        code = fill_word(&word, words->items[i], i, value, arg, error);
        if (code == LW_OK)
            code = add_word(&list, lw_text_take(&word), error);
        lw_text_release(&word);
    }
    return finish(&list, code, out);
}
