/**
 * The verbs of the command, as data: parsing, --help, the manual page and the completions are all made from this table.
 */
#ifndef CLI_VERBS_H
#define CLI_VERBS_H

#include <stdbool.h>
#include <stddef.h>

typedef struct cli_arguments cli_arguments;

typedef struct cli_option {
    const char *name;    /**< long name, without its dashes */
    char letter;         /**< 0: none */
    const char *value;   /**< what help calls its value; NULL for a switch */
    const char *choices; /**< "yaml|json": what its value may be; NULL: anything */
    const char *help;    /**< one sentence */
} cli_option;

/** A word and what it means, for --help and the manual page. */
typedef struct cli_term {
    const char *word; /**< NULL ends a list */
    const char *meaning;
} cli_term;

/** What an operand is, for completions. */
typedef enum operand_kind { OPERAND_NONE, OPERAND_EXPERIMENT, OPERAND_RUN, OPERAND_FILE, OPERAND_OTHER } operand_kind;

typedef struct cli_verb {
    const char *name;                        /**< "suggest", or two words: "space check" */
    const char *operands;                    /**< as in the usage line: "EXPERIMENT FILE" */
    operand_kind kind;                       /**< of the first operand */
    size_t least, most;                      /**< number of operands */
    bool takes_command;                      /**< `-- COMMAND …` may follow */
    const cli_option *options;               /**< ends with {0} */
    const char *summary;                     /**< one line */
    const char *description;                 /**< a paragraph or two, for --help and the manual page */
    const char *terms_title;                 /**< of terms */
    const cli_term *terms;                   /**< NULL: none */
    const char *example;                     /**< a command line */
    int (*call)(const cli_arguments *given); /**< returns the exit code */
} cli_verb;

/** All verbs; ends with a name of NULL. */
extern const cli_verb verbs[];
/** What every verb also takes: --store, --help. */
extern const cli_option common_options[];

/** The verb whose name the words begin with; NULL. *used is how many words the name has. */
const cli_verb *verb_find(char *const *words, size_t n, size_t *used);
/** Whether the word is the first of names with two words ("space"). */
bool verb_is_group(const char *word);
/** Number of options, without the end. */
size_t options_count(const cli_option *options);

/* Each in its own file verb_*.c. */
int verb_suggest(const cli_arguments *given);
int verb_observe(const cli_arguments *given);
int verb_run(const cli_arguments *given);
int verb_exec(const cli_arguments *given);
int verb_beat(const cli_arguments *given);
int verb_release(const cli_arguments *given);
int verb_retry(const cli_arguments *given);
int verb_pause(const cli_arguments *given);
int verb_resume(const cli_arguments *given);
int verb_workers(const cli_arguments *given);
int verb_deliver(const cli_arguments *given);
int verb_log(const cli_arguments *given);
int verb_artifact(const cli_arguments *given);
int verb_enqueue(const cli_arguments *given);
int verb_import(const cli_arguments *given);
int verb_copy(const cli_arguments *given);
int verb_best(const cli_arguments *given);
int verb_ls(const cli_arguments *given);
int verb_show(const cli_arguments *given);
int verb_export(const cli_arguments *given);
int verb_rm(const cli_arguments *given);
int verb_space_check(const cli_arguments *given);
int verb_space_show(const cli_arguments *given);
int verb_space_sample(const cli_arguments *given);
int verb_space_diff(const cli_arguments *given);
int verb_space_convert(const cli_arguments *given);
int verb_optimizers(const cli_arguments *given);

#endif
