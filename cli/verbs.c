#include "verbs.h"

#include <string.h>

/* Options that several verbs share. */
#define SPACE {"space", 0, "NAME", NULL, "the search space to use; the first one if it is not given"}
#define NEW_VERSION                                                                                                    \
    {"new-version", 0, NULL, NULL, "accept a file whose goal, objective or seed has changed since the experiment began"}
#define OF_EXPERIMENT {"experiment", 0, "NAME", NULL, "refuse the run if it is not of this experiment"}
#define WHERE {"where", 0, "FILTER", NULL, "only runs for which this holds, such as 'config.C > 1 and status = COMPLETED'"}
#define DOCUMENTS                                                                                                      \
    {"format", 0, "FORMAT", "table|json|csv|yaml", "how to print: table (the default), json, csv or yaml"}

const cli_option common_options[] = {
    {"store", 0, "URL", NULL, "where runs are kept: sqlite:FILE or another store; default $LABWATCH_STORE, or sqlite:labwatch.db"},
    {"help", 'h', NULL, NULL, "print how the verb is used"},
    {0},
};

static const cli_option suggest_options[] = {
    SPACE,
    {"number", 'n', "N", NULL, "how many runs to reserve; default 1"},
    {"default", 0, NULL, NULL, "reserve the default configuration, instead of a suggestion"},
    {"lease", 0, "TIME", NULL, "give the run up if there is no result after this time, such as 10m"},
    {"format", 0, "FORMAT", "yaml|json|env|args",
     "yaml (the default), json (one object on a line), env (for eval in a shell) or args (for xargs)"},
    {"prefix", 0, "TEXT", NULL, "with --format env, what the name of each parameter's variable begins with"},
    {"template", 0, "TEXT", NULL,
     "print this text with each {name} filled in; as words for xargs with --format args, else plainly, which no shell should see"},
    NEW_VERSION,
    {0},
};

static const cli_option observe_options[] = {
    {"status", 0, "STATUS", "completed|failed|interrupted|crash|timeout|nan|memory|user",
     "the run has no result: failed, interrupted, or a kind of failure: crash, timeout, nan, memory, user"},
    {"reason", 0, "TEXT", NULL, "a sentence on the failure"},
    {"config", 0, "JSON", NULL, "record a new run with this configuration, instead of the result of a run that was suggested"},
    SPACE,
    OF_EXPERIMENT,
    {"force", 0, NULL, NULL, "replace the result that is there; the run notes it"},
    {"spool", 0, NULL, NULL, "if the store is away, keep the result in the spool folder, to be delivered later"},
    NEW_VERSION,
    {0},
};

static const cli_option run_options[] = {
    SPACE,
    {"number", 'n', "TOTAL", NULL, "until the experiment has this many runs, in place of its own budget"},
    {"jobs", 'j', "JOBS", NULL, "how many commands to execute at a time; default 1"},
    {"max-time", 0, "TIME", NULL, "begin nothing new after this time, such as 8h"},
    {"quiet", 'q', NULL, NULL, "no lines on progress; failures and the summary are still told"},
    NEW_VERSION,
    {0},
};

static const cli_option run_of_experiment_options[] = {OF_EXPERIMENT, {0}};

static const cli_option exec_options[] = {OF_EXPERIMENT, {"quiet", 'q', NULL, NULL, "do not tell the result"}, {0}};

static const cli_option log_options[] = {
    {"step", 0, "S", NULL, "the step the values belong to; default one behind the last"},
    OF_EXPERIMENT,
    {0},
};

static const cli_option enqueue_options[] = {
    SPACE,
    {"number", 'n', "N", NULL, "how many suggestions to queue; default 1"},
    {"config", 0, "JSON", NULL, "queue this configuration; what is missing counts at its default"},
    {"default", 0, NULL, NULL, "queue the default configuration"},
    NEW_VERSION,
    {0},
};

static const cli_option import_options[] = {
    SPACE,
    {"format", 0, "FORMAT", "csv|json", "csv or json; default by the file's name"},
    {"skip", 0, NULL, NULL, "record the good rows and pass over the wrong ones, instead of recording nothing"},
    {"count", 0, NULL, NULL, "let the runs count in the experiment's budget, as if they were its own"},
    NEW_VERSION,
    {0},
};

static const cli_option copy_options[] = {{"to", 0, "URL", NULL, "the other store; made if it is not there"}, {0}};

static const cli_option best_options[] = {
    SPACE,
    {"number", 'n', "N", NULL, "how many runs; default 5"},
    WHERE,
    DOCUMENTS,
    {0},
};

static const cli_option ls_options[] = {
    SPACE,
    {"number", 'n', "N", NULL, "only the last N runs"},
    WHERE,
    DOCUMENTS,
    {0},
};

static const cli_option show_options[] = {
    {"format", 0, "FORMAT", "text|json|yaml", "text (the default), json or yaml: the whole document in Sacred's schema"},
    {"replay", 0, NULL, NULL, "make the run's suggestion again from its recorded view, and compare"},
    {"output", 0, NULL, NULL, "print what the run's command printed, and nothing else"},
    {"metric", 0, "NAME", NULL, "print a metric's steps and values as CSV, and nothing else"},
    {"file", 0, "NAME", NULL, "write the content of one of the run's files to standard output"},
    {"text", 0, NULL, NULL, "print the experiment's file as the store has it"},
    {0},
};

static const cli_option export_options[] = {
    SPACE,
    WHERE,
    {"format", 0, "FORMAT", "csv|json|yaml", "csv (the default), json or yaml"},
    {0},
};

static const cli_option rm_options[] = {
    {"all", 0, NULL, NULL, "remove an experiment with all its runs"},
    OF_EXPERIMENT,
    {0},
};

static const cli_option check_options[] = {{"quiet", 'q', NULL, NULL, "print nothing if a file is right"}, {0}};

static const cli_option space_show_options[] = {
    SPACE,
    {"format", 0, "FORMAT", "table|json|yaml", "table (the default), json or yaml"},
    {0},
};

static const cli_option sample_options[] = {
    SPACE,
    {"number", 'n', "N", NULL, "how many configurations; default 1"},
    {"seed", 0, "S", NULL, "of the random numbers; default 1"},
    {"format", 0, "FORMAT", "yaml|json|csv", "yaml (the default), json (one object on a line) or csv"},
    {0},
};

static const cli_option diff_options[] = {SPACE, {0}};

static const cli_option convert_options[] = {
    {"from", 0, "FORMAT", "labwatch|configspace|configspace-0.6|optuna|sacred", "the file's format; default labwatch"},
    {"to", 0, "FORMAT", "labwatch|configspace|configspace-0.6|optuna|sacred", "the format to print; default labwatch"},
    SPACE,
    {0},
};

static const cli_option optimizers_options[] = {
    {"format", 0, "FORMAT", "table|json", "table (the default) or json"},
    {0},
};

static const cli_option no_options[] = {{0}};

const cli_verb verbs[] = {
    {"suggest", "EXPERIMENT", OPERAND_EXPERIMENT, 1, 1, false, suggest_options,
     "reserve runs and print their ids and configurations",
     "Reserves a run for each configuration that the experiment's optimizer suggests, and prints its id, its seed and the "
     "configuration. The run stays pending until it is observed, released, or its lease ends.\n\n"
     "With --format env the output is for eval in a POSIX shell: LABWATCH_RUN, LABWATCH_SEED and a variable for each parameter, "
     "quoted so that no value can be executed; characters that a variable's name cannot have become _, and a parameter that is "
     "not active is empty. A parameter that would set a variable of the shell or the system (PATH, IFS, LD_..., PYTHON... "
     "and such) is refused: give --prefix then. With --format args the output has one line of --name=value words for each run, "
     "quoted for xargs.\n\n"
     "Exit status 4 means that fewer runs than asked for could be reserved: the budget is used, or the space exhausted.",
     "eval \"$(labwatch suggest svm.yaml --format env)\"", verb_suggest},
    {"observe", "RUN RESULT | RUN --status STATUS | EXPERIMENT --config JSON RESULT", OPERAND_RUN, 1, 2, false, observe_options,
     "feed the result of a run back",
     "RESULT is a number in the user's own sign, a JSON object with the objective in it, or - to read either from standard "
     "input. nan and infinite results are recorded as failures of the kind nan. The same result again is fine; a different one "
     "is refused and the first is kept, unless --force is given. With --config a run of its own is recorded, and its id printed.\n\n"
     "Exit status 75 means that the store is away or busy, and nothing was recorded; with --spool (and --experiment, as "
     "the store cannot be asked) the result is kept on disk and delivered by the next worker.",
     "labwatch observe 12 0.8444", verb_observe},
    {"run", "EXPERIMENT [-- COMMAND ...]", OPERAND_EXPERIMENT, 1, 1, true, run_options,
     "take runs, execute the command, observe, until the budget is used",
     "Takes a queued run or suggests one, executes the experiment's command (or the one behind --) with the placeholders "
     "{name} filled in, and feeds its result back; again and again, until the experiment has TOTAL runs, however many "
     "processes and machines run the same line. No shell sees a value.\n\n"
     "On the first interrupt (Ctrl-C) nothing new begins and commands may end; on the second they are stopped, and their "
     "runs are INTERRUPTED. On SIGTERM they are stopped and their runs go back to the queue. Exit status 130 then.",
     "labwatch run svm.yaml -n 60 -j 2", verb_run},
    {"exec", "RUN [-- COMMAND ...]", OPERAND_RUN, 1, 1, true, exec_options,
     "execute a run that suggest gave",
     "Executes the experiment's command, or the one behind --, for a run that suggest gave or that is queued: with "
     "heartbeats, its output captured, and its result fed back. Exit status 1 means that the run failed.",
     "labwatch exec 12 -- ./train --rate {rate}", verb_exec},
    {"beat", "RUN ...", OPERAND_RUN, 1, 64, false, run_of_experiment_options,
     "say that a run goes on",
     "Renews the run's lease, so that nobody takes it for died. A run without a lease gets the experiment's.",
     "labwatch beat 12", verb_beat},
    {"release", "RUN ...", OPERAND_RUN, 1, 64, false, run_of_experiment_options,
     "give a run back to the queue",
     "The run is QUEUED again, under the same id and with the same configuration, and the next worker takes it.",
     "labwatch release 12", verb_release},
    {"retry", "RUN ...", OPERAND_RUN, 1, 64, false, run_of_experiment_options,
     "queue another attempt of a run that failed, died or was interrupted",
     "The run keeps its id and its configuration; how the earlier attempt ended is kept in it.", "labwatch retry 12",
     verb_retry},
    {"pause", "EXPERIMENT", OPERAND_EXPERIMENT, 1, 1, false, no_options,
     "let workers take nothing new",
     "Runs that go on are not touched; suggest and run give nothing new until the experiment is resumed.",
     "labwatch pause heart-svm", verb_pause},
    {"resume", "EXPERIMENT", OPERAND_EXPERIMENT, 1, 1, false, no_options,
     "let workers go on after a pause", "Ends what pause began.", "labwatch resume heart-svm", verb_resume},
    {"log", "RUN NAME=VALUE ...", OPERAND_RUN, 2, 64, false, log_options,
     "add to the metrics of a run",
     "Appends a value to each named metric of the run, in Sacred's schema.", "labwatch log 12 loss=0.25 accuracy=0.91 --step 3",
     verb_log},
    {"enqueue", "EXPERIMENT", OPERAND_EXPERIMENT, 1, 1, false, enqueue_options,
     "queue runs, which workers take first",
     "Prints the ids of the queued runs, a line each.", "labwatch enqueue svm.yaml --config '{\"C\": 10}'", verb_enqueue},
    {"import", "EXPERIMENT FILE", OPERAND_EXPERIMENT, 2, 2, false, import_options,
     "record configurations and results from a CSV or JSON file",
     "A CSV file has a header line that names the parameters (with or without config. before them) and result (in the "
     "user's sign; or cost, to be minimised), and perhaps status and reason. A JSON file has a list of objects with config, result or cost, status and reason. What "
     "export prints can be imported. FILE may be -.\n\n"
     "Every row is checked first, and if one is wrong nothing is recorded, unless --skip is given. Imported runs teach the "
     "optimizer, but do not count in the budget.",
     "labwatch import svm.yaml earlier.csv", verb_import},
    {"copy", "EXPERIMENT --to URL", OPERAND_EXPERIMENT, 1, 1, false, copy_options,
     "copy an experiment with its runs to another store",
     "Runs, metrics and files are copied, under new ids where the old ones are taken. Repeating it copies nothing twice.",
     "labwatch copy heart-svm --to sqlite:archive.db", verb_copy},
    {"best", "EXPERIMENT", OPERAND_EXPERIMENT, 1, 1, false, best_options,
     "the best runs, and the gain over the default configuration",
     "Prints the completed runs with the best results, in the user's sign, and on standard error how much better the best one is "
     "than the default configuration, if that was run.",
     "labwatch best svm.yaml -n 3", verb_best},
    {"ls", "[EXPERIMENT]", OPERAND_EXPERIMENT, 0, 1, false, ls_options,
     "list experiments, or the runs of one", "Without EXPERIMENT the experiments of the store, else the runs of that one.",
     "labwatch ls heart-svm --where 'status = FAILED'", verb_ls},
    {"show", "RUN | EXPERIMENT", OPERAND_RUN, 1, 1, false, show_options,
     "everything about a run, or how an experiment stands",
     "A whole number is a run. --replay makes its suggestion again: exit status 0 if it is the same, 1 if it differs or "
     "cannot be compared.",
     "labwatch show 12 --replay", verb_show},
    {"export", "EXPERIMENT", OPERAND_EXPERIMENT, 1, 1, false, export_options,
     "print all runs for other programs",
     "Prints every run of the experiment: CSV with a column for each parameter, or JSON or YAML. import reads it.",
     "labwatch export heart-svm --format csv > runs.csv", verb_export},
    {"rm", "RUN ... | EXPERIMENT --all", OPERAND_RUN, 1, 64, false, rm_options,
     "remove runs, or a whole experiment", "A removed run's id is never used again. A whole experiment is removed only with --all.",
     "labwatch rm 12", verb_rm},
    {"space check", "FILE ...", OPERAND_FILE, 1, 64, false, check_options,
     "say everything that is wrong with a file",
     "Prints file:line:column and a sentence for each error and warning on standard error, and how large the spaces are on standard output. "
     "FILE may be -. No store is needed by the space verbs.",
     "labwatch space check svm.yaml", verb_space_check},
    {"space show", "FILE", OPERAND_FILE, 1, 1, false, space_show_options,
     "print the parameters of a space", "Types, ranges, defaults, conditions and constraints.", "labwatch space show svm.yaml",
     verb_space_show},
    {"space sample", "FILE", OPERAND_FILE, 1, 1, false, sample_options,
     "draw configurations from a space", "The same seed gives the same configurations.",
     "labwatch space sample svm.yaml -n 10 --seed 3", verb_space_sample},
    {"space diff", "FILE FILE", OPERAND_FILE, 2, 2, false, diff_options,
     "say how two spaces differ", "As diff(1): exit status 0 if they mean the same, 1 if they differ, 2 if there is trouble.",
     "labwatch space diff old.yaml new.yaml", verb_space_diff},
    {"space convert", "FILE", OPERAND_FILE, 1, 1, false, convert_options,
     "rewrite a space in another tool's format",
     "Reads one of the formats labwatch, configspace (1.x), configspace-0.6 (0.4 to 0.7), optuna and sacred, and prints another.",
     "labwatch space convert svm.yaml --to configspace", verb_space_convert},
    {"optimizers", "[NAME]", OPERAND_OTHER, 0, 1, false, optimizers_options,
     "the optimizers, or the options of one", "Names, what they do, and the papers they follow.", "labwatch optimizers sobol",
     verb_optimizers},
    {0},
};

size_t options_count(const cli_option *options) {
    size_t n = 0;
    while (options[n].name)
        n++;
    return n;
}

bool verb_is_group(const char *word) {
    size_t length = strlen(word);
    for (const cli_verb *verb = verbs; verb->name; verb++)
        if (strncmp(verb->name, word, length) == 0 && verb->name[length] == ' ')
            return true;
    return false;
}

static bool is_two_words(const char *name, const char *first, const char *second) {
    size_t length = strlen(first);
    return strncmp(name, first, length) == 0 && name[length] == ' ' && strcmp(name + length + 1, second) == 0;
}

const cli_verb *verb_find(char *const *words, size_t n, size_t *used) {
    for (const cli_verb *verb = verbs; verb->name && n; verb++) {
        bool one = strcmp(verb->name, words[0]) == 0;
        if (one || (n > 1 && is_two_words(verb->name, words[0], words[1]))) {
            *used = one ? 1 : 2;
            return verb;
        }
    }
    return NULL;
}
