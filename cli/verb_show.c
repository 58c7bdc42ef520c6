/* labwatch show: everything about a run, or how an experiment stands. */
#include "show.h"

#include <stdio.h>
#include <string.h>

#include <labwatch/document.h>
#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

#include "say.h"
#include "yaml_writer.h"

static void print_printable(const char *text) {
    char *printable = need(lw_text_printable(text, strlen(text)));
    fputs(printable, stdout);
    lw_free(printable);
}

void show_field(const char *name, const char *value) {
    if (!value || !*value)
        return;
    printf("%-14s", name);
    print_printable(value);
    putchar('\n');
}

void show_field_format(const char *name, const char *format, ...) {
    char value[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(value, sizeof value, format, arguments);
    va_end(arguments);
    show_field(name, value);
}

void show_document(const char *heading, const bson_t *document) {
    if (!document || bson_empty(document))
        return;
    lw_text text = {0};
    yaml_add_document(&text, document, 2);
    printf("%s\n%s", heading, (char *)need(text.bytes));
    lw_text_release(&text);
}

void show_whole(const bson_t *document, bool yaml) {
    if (!yaml) {
        char *json = need(lw_document_to_json(document, true));
        puts(json);
        lw_free(json);
        return;
    }
    lw_text text = {0};
    yaml_add_document(&text, document, 0);
    fputs(text.bytes ? text.bytes : "{}\n", stdout);
    lw_text_release(&text);
}

static bool is_run(const char *word) {
    return *word && strspn(word, "0123456789") == strlen(word);
}

static const char *first_given(const cli_arguments *given, const char *const *options) {
    while (*options && !option_given(given, *options))
        options++;
    return *options;
}

int verb_show(const cli_arguments *given) {
    const char *word = given->operands[0];
    static const char *const of_runs[] = {"replay", "output", "metric", "file", NULL};
    static const char *const of_experiments[] = {"text", "model", "space", NULL};
    if (is_run(word)) {
        const char *wrong = first_given(given, of_experiments);
        return wrong ? fail(EXIT_WRONG, "--%s goes with an EXPERIMENT", wrong) : show_run(given, word);
    }
    const char *wrong = first_given(given, of_runs);
    if (wrong)
        return fail(EXIT_WRONG, "--%s goes with a RUN, and '%s' is none", wrong, word);
    if (option_given(given, "space") && !option_given(given, "model"))
        return fail(EXIT_WRONG, "--space goes with --model");
    if (option_given(given, "text") && option_given(given, "model"))
        return fail(EXIT_WRONG, "either --text or --model is wanted, not both");
    return show_experiment(given, word);
}
