/**
 * A command as words, split once, with placeholders that are filled in inside the words. No shell ever sees a value:
 * one with blanks, quotes, newlines or `$(…)` in it stays one argument, or the part of one that it was.
 *
 *     lw_words template, words;
 *     lw_words_split(&template, "svm-train -c {C} -m 'model {run}' {data}", length, &error);
 *     lw_words_each_placeholder(&template, check_name, space, &error);       // when the file is read
 *     lw_words_fill(&words, &template, value_of, config, &error);            // for each run
 *     … words.items as lw_process_spec.words …
 *     lw_words_release(&words);
 *
 * Splitting knows what a shell knows of quoting, and nothing else: words are separated by blanks and line ends; '…' keeps all
 * as it is; "…" too, but `\` before `"`, `\`, `$`, `` ` `` stands for that character; elsewhere `\` keeps the next character; `\` before
 * a line end joins the lines. Nothing is expanded: `$HOME`, `*` and `~` are text. A word that is nothing but an unquoted
 * operator (| || & && ; < > >> 2> 2>&1 …) is an error that names `sh -c`, as no shell would see it.
 *
 * In a word, quoted or not, {name} is a placeholder (name: letters of any
 * script, digits, `_`, `-`, `.`), {{ and }} are braces; any other brace is an error.
 */
#ifndef LW_COMMAND_WORDS_H
#define LW_COMMAND_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include <labwatch/error.h>
#include <labwatch/sys/text.h>

/** Words, each 0-terminated, and a NULL after the last. Zero-initialise it, or let a function fill it; lw_words_release frees it. */
typedef struct lw_words {
    char **items;
    size_t count;
} lw_words;

/** Accepts a zeroed one; leaves it zeroed. */
void lw_words_release(lw_words *words);

/**
 * Splits a command line. LW_EPARSE names the column (in characters, from 1) of a quote without an end, a `\` at the end, a 0 byte, an
 * unquoted operator, or says that there is no word. Braces are not looked at.
 */
int lw_words_split(lw_words *out, const char *line, size_t length, lw_error *error);

/** Copies argv[0 … count-1] as words, for `-- COMMAND …`. LW_EPARSE if there is none or the first is empty. */
int lw_words_from_argv(lw_words *out, const char *const *argv, size_t count, lw_error *error);

/** Whether {name} is a placeholder; a parameter with a blank in its name, for one, has none. */
bool lw_words_can_name(const char *name);

/** name is not 0-terminated; word counts from 0. Anything but LW_OK ends the walk and is returned. */
typedef int lw_placeholder_fn(void *arg, const char *name, size_t length, size_t word, lw_error *error);

/** Tells every placeholder, in order, as often as it occurs. LW_EPARSE names the word with a brace that is not part of one. */
int lw_words_each_placeholder(const lw_words *words, lw_placeholder_fn *fn, void *arg, lw_error *error);

/** Appends the value of a placeholder to *out; anything but LW_OK ends the filling, e.g. for an unknown name. */
typedef int lw_placeholder_value_fn(void *arg, const char *name, size_t length, lw_text *out, lw_error *error);

/**
 * Makes new words with all placeholders filled in. *out is yours to release, on success only. LW_EPARSE as above, LW_EINVAL for a value with a
 * 0 byte, which no argument can hold, LW_ENOMEM, or what value returned.
 */
int lw_words_fill(lw_words *out, const lw_words *words, lw_placeholder_value_fn *value, void *arg, lw_error *error);

#endif
