#include "suggestion_format.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <labwatch/document.h>
#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

#include "quote.h"
#include "say.h"
#include "template.h"
#include "variables.h"
#include "yaml_writer.h"

static int read_kind(suggestion_format *out, const cli_arguments *given) {
    const char *format = option_text(given, "format");
    out->template = option_text(given, "template");
    if (out->template && (!format || strcmp(format, "args") == 0)) {
        out->kind = format ? AS_TEMPLATE_WORDS : AS_TEMPLATE;
        return EXIT_DONE;
    }
    if (out->template)
        return fail(EXIT_WRONG, "--template goes with --format args, or without --format");
    out->kind = !format || strcmp(format, "yaml") == 0 ? AS_YAML
                : strcmp(format, "json") == 0          ? AS_JSON
                : strcmp(format, "env") == 0           ? AS_ENV
                                                       : AS_ARGS;
    if (option_given(given, "prefix") && out->kind != AS_ENV)
        return fail(EXIT_WRONG, "--prefix goes with --format env");
    return EXIT_DONE;
}

int suggestion_format_init(suggestion_format *out, const cli_arguments *given, const lw_space *space) {
    *out = (suggestion_format){0};
    int code = read_kind(out, given);
    if (code != EXIT_DONE)
        return code;
    config_names_of(&out->names, space);
    if (out->template)
        code = template_check(out->template, out->names.items, out->names.n);
    else if (out->kind == AS_ENV)
        code = variables_of(&out->variables, &out->names, option_text(given, "prefix"));
    if (code != EXIT_DONE)
        suggestion_format_release(out);
    return code;
}

void suggestion_format_release(suggestion_format *format) {
    config_names_release(&format->names);
    config_names_release(&format->variables);
}

static int add_json(lw_text *out, const lw_assignment *run) {
    char *config = need(lw_document_to_json(run->document, false));
    lw_text_format(out, "{\"run\": %lld, \"seed\": %llu, \"config\": ", (long long)run->id,
                   (unsigned long long)run->seed);
    lw_text_add(out, config);
    lw_text_add(out, "}\n");
    lw_free(config);
    return EXIT_DONE;
}

static int add_yaml(lw_text *out, const lw_assignment *run, bool first) {
    lw_text_format(out, "%srun: %lld\nseed: %llu\n", first ? "" : "---\n", (long long)run->id,
                   (unsigned long long)run->seed);
    if (bson_empty(run->document)) {
        lw_text_add(out, "config: {}\n");
    } else {
        lw_text_add(out, "config:\n");
        yaml_add_document(out, run->document, 2);
    }
    return EXIT_DONE;
}

/* The value of a name as a command gets it; "" where it is not active. */
static int spell(lw_text *out, const lw_assignment *run, const char *name) {
    lw_error error;
    if (lw_config_spell(run->config, name, out, &error) != LW_OK)
        return fail_with(&error);
    if (out->length && memchr(out->bytes, 0, out->length))
        return fail(EXIT_WRONG, "the value of '%s' has a 0 byte, which no argument can hold; --format json can", name);
    return EXIT_DONE;
}

static bool is_inactive(const lw_assignment *run, const char *name) {
    ptrdiff_t i = lw_space_find(lw_config_space(run->config), name);
    return i >= 0 && !lw_config_is_active(run->config, (size_t)i);
}

static int add_env(lw_text *out, const suggestion_format *format, const lw_assignment *run) {
    lw_text_format(out, "LABWATCH_RUN=%lld\nLABWATCH_SEED=%llu\n", (long long)run->id, (unsigned long long)run->seed);
    int code = EXIT_DONE;
    for (size_t i = 0; i < format->names.n && code == EXIT_DONE; i++) {
        lw_text value = {0};
        code = spell(&value, run, format->names.items[i]);
        lw_text_add(out, format->variables.items[i]);
        lw_text_add(out, "=");
        quote_for_shell(out, value.bytes ? value.bytes : "", value.length);
        lw_text_add(out, "\n");
        lw_text_release(&value);
    }
    return code;
}

static int add_args(lw_text *out, const suggestion_format *format, const lw_assignment *run) {
    lw_text_format(out, "--run=%lld", (long long)run->id);
    int code = EXIT_DONE;
    for (size_t i = 0; i < format->names.n && code == EXIT_DONE; i++) {
        const char *name = format->names.items[i];
        if (is_inactive(run, name))
            continue;
        lw_text value = {0}, word = {0};
        code = spell(&value, run, name);
        lw_text_format(&word, "--%s=", name);
        lw_text_append(&word, value.bytes ? value.bytes : "", value.length);
        lw_text_add(out, " ");
        quote_for_xargs(out, word.bytes, word.length);
        lw_text_release(&value);
        lw_text_release(&word);
    }
    lw_text_add(out, "\n");
    return code;
}

static int add_template(lw_text *out, const suggestion_format *format, const lw_assignment *run) {
    template_values values = {run->config, run->id, run->seed};
    int code = template_fill(out, format->template, &values, format->kind == AS_TEMPLATE_WORDS);
    lw_text_add(out, "\n");
    return code;
}

static int add_suggestion(lw_text *out, const suggestion_format *format, const lw_assignment *run) {
    switch (format->kind) {
    case AS_YAML:
        return add_yaml(out, run, format->n_printed == 0);
    case AS_JSON:
        return add_json(out, run);
    case AS_ENV:
        return add_env(out, format, run);
    case AS_ARGS:
        return add_args(out, format, run);
    default:
        return add_template(out, format, run);
    }
}

int suggestion_print(suggestion_format *format, const lw_assignment *run) {
    lw_text text = {0};
    int code = add_suggestion(&text, format, run);
    if (text.failed)
        out_of_memory();
    if (code == EXIT_DONE && (fwrite(text.bytes, 1, text.length, stdout) != text.length || fflush(stdout) != 0))
        code = fail(EXIT_FAILED, "cannot write to standard output: %s", strerror(errno));
    lw_text_release(&text);
    format->n_printed++;
    return code;
}
