#include "verbs.h"

#include <string.h>

/* Options that several verbs share. */
#define SPACE {"space", 0, "NAME", NULL, "the search space to use; the first one if it is not given"}
#define NEW_VERSION                                                                                                    \
    {"new-version", 0, NULL, NULL, "accept a file whose goal, objective or seed has changed since the experiment began"}
#define OF_EXPERIMENT {"experiment", 0, "NAME", NULL, "refuse the run if it is not of this experiment"}
#define WHERE                                                                                                          \
    {"where", 0, "FILTER", NULL,                                                                                       \
     "only runs for which this holds, such as 'config.C > 1 and status = COMPLETED'; 'labwatch ls --help' has the "    \
     "names"}
#define GRACE                                                                                                          \
    {"grace", 0, "TIME", NULL,                                                                                         \
     "how long a command that is told to end (SIGTERM) may take before it is killed; default 10s"}
#define ALL {"all", 0, NULL, NULL, "every column of the table: constants, dates, reasons and seeds, too"}
#define DOCUMENTS {"format", 0, "FORMAT", "table|json|csv|yaml", "how to print: table (the default), json, csv or yaml"}

const cli_option common_options[] = {
    {"store", 0, "URL", NULL,
     "where runs are kept: sqlite:FILE, mongodb://HOST/DATABASE, or @FILE with the URL in it, which nobody else may "
     "read; default $LABWATCH_STORE, or sqlite:labwatch.db"},
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
     "print this text with each {name} filled in; as words for xargs with --format args, else plainly, which no shell "
     "should see"},
    NEW_VERSION,
    {0},
};

static const cli_option observe_options[] = {
    {"status", 0, "STATUS", "completed|failed|interrupted|crash|timeout|nan|memory|user",
     "the run has no result: failed, interrupted, or a kind of failure: crash, timeout, nan, memory, user"},
    {"reason", 0, "TEXT", NULL, "a sentence on the failure"},
    {"config", 0, "JSON", NULL,
     "record a new run with this configuration, instead of the result of a run that was suggested"},
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
    GRACE,
    {"quiet", 'q', NULL, NULL, "no lines on progress; failures and the summary are still told"},
    NEW_VERSION,
    {0},
};

static const cli_option run_of_experiment_options[] = {OF_EXPERIMENT, {0}};

static const cli_option exec_options[] = {
    OF_EXPERIMENT, GRACE, {"quiet", 'q', NULL, NULL, "do not tell the result"}, {0},
};

static const cli_option log_options[] = {
    {"step", 0, "S", NULL, "the step the values belong to; default one behind the last"},
    OF_EXPERIMENT,
    {0},
};

static const cli_option artifact_options[] = {
    {"name", 0, "NAME", NULL, "what the file is called in the run; default the last part of its path"},
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
    {"again", 0, NULL, NULL, "record also what was imported before"},
    {"count", 0, NULL, NULL, "let the runs count in the experiment's budget, as if they were its own"},
    NEW_VERSION,
    {0},
};

static const cli_option copy_options[] = {{"to", 0, "URL", NULL, "the other store; made if it is not there"}, {0}};

static const cli_option best_options[] = {
    SPACE, {"number", 'n', "N", NULL, "how many runs; default 5"}, WHERE, ALL, DOCUMENTS, {0},
};

static const cli_option ls_options[] = {
    SPACE, {"number", 'n', "N", NULL, "only the last N runs"}, WHERE, ALL, DOCUMENTS, {0},
};

static const cli_option workers_options[] = {DOCUMENTS, {0}};

static const cli_option deliver_options[] = {
    {"spool", 0, "FOLDER", NULL, "the folder to deliver from, such as that of a machine which is gone"},
    {"from", 0, "URL", NULL, "deliver what was kept for the store under this address, which it had before"},
    {0},
};

static const cli_term worker_states[] = {
    {"here", "its process lives on this machine"},
    {"gone", "its process was on this machine, and is gone: the next who takes a run finds that it died"},
    {"elsewhere", "on another machine: its beats tell whether it lives"},
    {"leased", "no process, but a lease that 'suggest --lease' or 'beat' gave"},
    {"foreign", "another tool's run"},
    {0},
};

static const cli_term filter_names[] = {
    {"run, id", "the run's number"},
    {"status", "QUEUED, RUNNING, COMPLETED, FAILED, TIMEOUT, INTERRUPTED"},
    {"failure", "crash, timeout, nan, memory, died, user"},
    {"result", "in the user's sign"},
    {"result.NAME", "a member of a result that is an object"},
    {"cost", "what is minimised: the result, negated if it is maximised"},
    {"config.NAME", "a parameter or constant"},
    {"space, experiment", "names"},
    {"origin", "own, imported, foreign (another tool's)"},
    {"number", "of the suggestion; none if it was not suggested"},
    {"attempt, seed", "whole numbers"},
    {"duration", "seconds"},
    {"start_time, stop_time", "in UTC: 2026-11-21, 2026-11-21T10:00:00Z, or a part of it between quotes: '2026-11'"},
    {"reason, host", "texts"},
    {"info.NAME", "what the runner noted: cpu_s, max_rss_bytes, ..."},
    {0},
};

static const cli_option show_options[] = {
    {"format", 0, "FORMAT", "text|json|yaml",
     "text (the default), json or yaml: the whole document, of a run in Sacred's schema"},
    {"replay", 0, NULL, NULL, "make the run's suggestion again from its recorded view, and compare"},
    {"output", 0, NULL, NULL, "print what the run's command printed, and nothing else"},
    {"metric", 0, "NAME", NULL, "print a metric's steps and values as CSV, and nothing else"},
    {"file", 0, "NAME", NULL, "write the content of one of the run's files to standard output"},
    {"text", 0, NULL, NULL, "print the experiment's file as the store has it"},
    {"model", 0, NULL, NULL, "print what the optimizer's model believes of the results, and nothing else"},
    {"space", 0, "NAME", NULL, "with --model, the search space; the first one if it is not given"},
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
    {
        .name = "suggest",
        .operands = "EXPERIMENT",
        .kind = OPERAND_EXPERIMENT,
        .least = 1,
        .most = 1,
        .options = suggest_options,
        .summary = "reserve runs and print their ids and configurations",
        .description =
            "Reserves a run for each configuration that the experiment's optimizer suggests, and prints its id, its "
            "seed and the configuration. The run stays pending until it is observed, released, or its lease ends.\n\n"
            "With --format env the output is for eval in a POSIX shell: LABWATCH_RUN, LABWATCH_SEED and a variable for "
            "each parameter, quoted so that no value can be executed; characters that a variable's name cannot have "
            "become _, and a parameter that is not active is empty. A parameter that would set a variable of the shell "
            "or the system (PATH, IFS, LD_..., PYTHON... and such) is refused: give --prefix then. With --format args "
            "the output has one line of --name=value words for each run, quoted for xargs.\n\n"
            "Exit status 4 means that fewer runs than asked for could be reserved: the budget is used, or the space "
            "exhausted.",
        .example = "eval \"$(labwatch suggest svm.yaml --format env)\"",
        .call = verb_suggest,
    },
    {
        .name = "observe",
        .operands = "RUN RESULT | RUN --status STATUS | EXPERIMENT --config JSON RESULT",
        .kind = OPERAND_RUN,
        .least = 1,
        .most = 2,
        .options = observe_options,
        .summary = "feed the result of a run back",
        .description =
            "RESULT is a number in the user's own sign, a JSON object with the objective in it, or - to read either "
            "from standard input. nan and infinite results are recorded as failures of the kind nan. The same result "
            "again is fine; a different one is refused and the first is kept, unless --force is given. With --config a "
            "run of its own is recorded, and its id printed.\n\n"
            "Exit status 75 means that the store is away or busy, and nothing was recorded; with --spool (and "
            "--experiment, as the store cannot be asked) the result is kept on disk and delivered by the next worker.",
        .example = "labwatch observe 12 0.8444",
        .call = verb_observe,
    },
    {
        .name = "run",
        .operands = "EXPERIMENT [-- COMMAND ...]",
        .kind = OPERAND_EXPERIMENT,
        .least = 1,
        .most = 1,
        .takes_command = true,
        .options = run_options,
        .summary = "take runs, execute the command, observe, until the budget is used",
        .description =
            "Takes a queued run or suggests one, executes the experiment's command (or the one behind --) with the "
            "placeholders {name} filled in, and feeds its result back; again and again, until the experiment has TOTAL "
            "runs, however many processes and machines run the same line. No shell sees a value. The result is what "
            "the file $LABWATCH_RESULT or the last line of the output has, or what the file's cost: says.\n\n"
            "On the first interrupt (Ctrl-C) nothing new begins and commands may end; on the second they are stopped, "
            "and their runs are INTERRUPTED. On SIGTERM they are stopped and their runs go back to the queue. Exit "
            "status 130 then; 1 if no run was completed and some failed, 4 if there was nothing left to suggest "
            "before the budget was used, 75 if results wait in the spool for their store.",
        .example = "labwatch run svm.yaml -n 60 -j 2",
        .call = verb_run,
    },
    {
        .name = "exec",
        .operands = "RUN [-- COMMAND ...]",
        .kind = OPERAND_RUN,
        .least = 1,
        .most = 1,
        .takes_command = true,
        .options = exec_options,
        .summary = "execute a run that suggest gave",
        .description =
            "Executes the experiment's command, or the one behind --, for a run that suggest gave or that is queued: "
            "with heartbeats, its output captured, and its result fed back. Exit status 1 means that the run failed, "
            "75 that its result waits in the spool for the store.",
        .example = "labwatch exec 12 -- ./train --rate {rate}",
        .call = verb_exec,
    },
    {
        .name = "beat",
        .operands = "RUN ...",
        .kind = OPERAND_RUN,
        .least = 1,
        .most = 64,
        .options = run_of_experiment_options,
        .summary = "say that a run goes on",
        .description =
            "Renews the run's lease, so that nobody takes it for died. A run without a lease gets the experiment's.",
        .example = "labwatch beat 12",
        .call = verb_beat,
    },
    {
        .name = "release",
        .operands = "RUN ...",
        .kind = OPERAND_RUN,
        .least = 1,
        .most = 64,
        .options = run_of_experiment_options,
        .summary = "give a run back to the queue",
        .description =
            "The run is QUEUED again, under the same id and with the same configuration, and the next worker takes it.",
        .example = "labwatch release 12",
        .call = verb_release,
    },
    {
        .name = "retry",
        .operands = "RUN ...",
        .kind = OPERAND_RUN,
        .least = 1,
        .most = 64,
        .options = run_of_experiment_options,
        .summary = "queue another attempt of a run that failed, died or was interrupted",
        .description = "The run keeps its id and its configuration; how the earlier attempt ended is kept in it. Of "
                       "several runs, those that can be retried are, whatever becomes of the others.",
        .example = "labwatch retry 12",
        .call = verb_retry,
    },
    {
        .name = "pause",
        .operands = "EXPERIMENT",
        .kind = OPERAND_EXPERIMENT,
        .least = 1,
        .most = 1,
        .options = no_options,
        .summary = "let workers take nothing new",
        .description =
            "Runs that go on are not touched; suggest and run give nothing new until the experiment is resumed.",
        .example = "labwatch pause heart-svm",
        .call = verb_pause,
    },
    {
        .name = "resume",
        .operands = "EXPERIMENT",
        .kind = OPERAND_EXPERIMENT,
        .least = 1,
        .most = 1,
        .options = no_options,
        .summary = "let workers go on after a pause",
        .description = "Ends what pause began.",
        .example = "labwatch resume heart-svm",
        .call = verb_resume,
    },
    {
        .name = "deliver",
        .operands = "[EXPERIMENT]",
        .kind = OPERAND_EXPERIMENT,
        .most = 1,
        .options = deliver_options,
        .summary = "deliver results that wait in the spool",
        .description =
            "Gives the store what workers kept for it while it was away: results of EXPERIMENT, or of all. 'labwatch "
            "run' does so by itself; this is for what a machine left behind whose disk can still be read: --spool "
            "names its folder. Each result is delivered once, however often and by how many this is called; one for "
            "whose run another attempt has a result already is kept beside that.\n\n"
            "Exit status 75 means that the store went away, and 1 that a file is of no use, which gets the ending "
            ".bad.",
        .example = "labwatch deliver --spool /mnt/old-disk/labwatch/spool",
        .call = verb_deliver,
    },
    {
        .name = "log",
        .operands = "RUN NAME=VALUE ...",
        .kind = OPERAND_RUN,
        .least = 2,
        .most = 64,
        .options = log_options,
        .summary = "add to the metrics of a run",
        .description = "Appends a value to each named metric of the run, in Sacred's schema.",
        .example = "labwatch log 12 loss=0.25 accuracy=0.91 --step 3",
        .call = verb_log,
    },
    {
        .name = "artifact",
        .operands = "RUN FILE ...",
        .kind = OPERAND_RUN,
        .least = 2,
        .most = 64,
        .options = artifact_options,
        .summary = "keep files with a run",
        .description =
            "Stores the files as artifacts of the run, where Sacred and its viewers look for them, each in place of "
            "one that had its name. 'labwatch show RUN' lists a run's files, 'labwatch show RUN --file NAME' writes one to "
            "standard output.",
        .example = "labwatch artifact 12 model.bin plots/roc.png",
        .call = verb_artifact,
    },
    {
        .name = "enqueue",
        .operands = "EXPERIMENT",
        .kind = OPERAND_EXPERIMENT,
        .least = 1,
        .most = 1,
        .options = enqueue_options,
        .summary = "queue runs, which workers take first",
        .description = "Prints the ids of the queued runs, a line each.",
        .example = "labwatch enqueue svm.yaml --config '{\"C\": 10}'",
        .call = verb_enqueue,
    },
    {
        .name = "import",
        .operands = "EXPERIMENT FILE",
        .kind = OPERAND_EXPERIMENT,
        .least = 2,
        .most = 2,
        .options = import_options,
        .summary = "record configurations and results from a CSV or JSON file",
        .description = "A CSV file has a header line that names the parameters (with or without config. before them) "
                       "and result (in the user's sign; or cost, to be minimised), and perhaps status, failure, "
                       "reason, start_time, stop_time (in UTC), duration (in seconds), seed and attempt. A JSON file "
                       "has a list of objects with config, result or cost, and the others. What export prints can be "
                       "imported; --skip passes over runs that had no outcome yet. FILE may be -.\n\n"
                       "In a CSV file an empty field is no value: the parameter is not active, or has its default. "
                       "Numbers, true, false, null, [lists] and {mappings} are written as JSON, and so is a text that "
                       "would be taken for one of these: \"1\", \"true\", or \"\" for the empty text. A field that may "
                       "be several choices of its parameter is an error.\n\n"
                       "Every row is checked first, and if one is wrong nothing is recorded, unless --skip is given. "
                       "Imported runs teach the optimizer, but do not count in the budget. Rows whose configuration "
                       "and result were imported before are skipped, so that an import which was stopped goes on when "
                       "it is repeated. The ids are new; dates and seeds are, too, where the file has none.",
        .example = "labwatch import svm.yaml earlier.csv",
        .call = verb_import,
    },
    {
        .name = "copy",
        .operands = "EXPERIMENT --to URL",
        .kind = OPERAND_EXPERIMENT,
        .least = 1,
        .most = 1,
        .options = copy_options,
        .summary = "copy an experiment with its runs to another store",
        .description = "Runs, metrics and files are copied, under new ids where the old ones are taken. Repeating it "
                       "copies nothing twice.",
        .example = "labwatch copy heart-svm --to sqlite:archive.db",
        .call = verb_copy,
    },
    {
        .name = "best",
        .operands = "EXPERIMENT",
        .kind = OPERAND_EXPERIMENT,
        .least = 1,
        .most = 1,
        .options = best_options,
        .summary = "the best runs, and the gain over the default configuration",
        .description = "Prints the completed runs with the best results, in the user's sign, and on standard error how "
                       "much better the best one is than the default configuration, if that was run.",
        .example = "labwatch best svm.yaml -n 3",
        .call = verb_best,
    },
    {
        .name = "ls",
        .operands = "[EXPERIMENT]",
        .kind = OPERAND_EXPERIMENT,
        .most = 1,
        .options = ls_options,
        .summary = "list experiments, or the runs of one",
        .description = "Without EXPERIMENT the experiments of the store, else the runs of that one. A run is "
                       "completed, failed, open (queued, running, or died and to be tried again), void "
                       "(interrupted or removed), or imported (other tools' runs, too).\n\n"
                       "A FILTER is an expression as in an experiment file: = != < <= > >=, in [a, b], and, or, not, "
                       "+ - * / and parentheses. A name with other characters than letters, digits, _ and . stands "
                       "between backticks, so that the FILTER needs single quotes in a shell: "
                       "'`config.learning-rate` < 0.1'. A run that does not have what a FILTER compares is left out.",
        .terms_title = "names in a FILTER",
        .terms = filter_names,
        .example = "labwatch ls heart-svm --where 'status in [FAILED, TIMEOUT]'",
        .call = verb_ls,
    },
    {
        .name = "show",
        .operands = "RUN | EXPERIMENT",
        .kind = OPERAND_RUN,
        .least = 1,
        .most = 1,
        .options = show_options,
        .summary = "everything about a run, or how an experiment stands",
        .description = "A whole number is a run. --replay makes its suggestion again: exit status 0 if it is the same, "
                       "1 if it differs or cannot be compared. --model tells of an experiment which parameters the "
                       "optimizer takes to matter, how much noise it sees, which configuration it believes to be best, "
                       "and how well it foretells results; docs/optimizers/ explains it.",
        .example = "labwatch show 12 --replay",
        .call = verb_show,
    },
    {
        .name = "workers",
        .operands = "EXPERIMENT",
        .kind = OPERAND_EXPERIMENT,
        .least = 1,
        .most = 1,
        .options = workers_options,
        .summary = "who works on what, since when, and the last beat",
        .description = "A line for each run that somebody works on, on whichever machine. since is by that machine's "
                       "clock, beat by the store's: the server's, where there is one; before the first beat it is "
                       "the same as since. A beat that stands still for a whole lease (in seconds) means that the "
                       "run died.",
        .terms_title = "states",
        .terms = worker_states,
        .example = "labwatch workers heart-svm",
        .call = verb_workers,
    },
    {
        .name = "export",
        .operands = "EXPERIMENT",
        .kind = OPERAND_EXPERIMENT,
        .least = 1,
        .most = 1,
        .options = export_options,
        .summary = "print all runs for other programs",
        .description = "Prints every run of the experiment: CSV with a column for each parameter, or JSON or YAML. "
                       "import reads it.",
        .example = "labwatch export heart-svm --format csv > runs.csv",
        .call = verb_export,
    },
    {
        .name = "rm",
        .operands = "RUN ... | EXPERIMENT --all",
        .kind = OPERAND_RUN,
        .least = 1,
        .most = 64,
        .options = rm_options,
        .summary = "remove runs, or a whole experiment",
        .description = "All of the runs that are named are removed, or none. A removed run's id is never used again. A "
                       "whole experiment is removed only with --all.",
        .example = "labwatch rm 12",
        .call = verb_rm,
    },
    {
        .name = "space check",
        .operands = "FILE ...",
        .kind = OPERAND_FILE,
        .least = 1,
        .most = 64,
        .options = check_options,
        .summary = "say everything that is wrong with a file",
        .description = "Prints file:line:column and a sentence for each error and warning on standard error, and how "
                       "large the spaces are on standard output. FILE may be -. No store is needed by the space verbs.",
        .example = "labwatch space check svm.yaml",
        .call = verb_space_check,
    },
    {
        .name = "space show",
        .operands = "FILE",
        .kind = OPERAND_FILE,
        .least = 1,
        .most = 1,
        .options = space_show_options,
        .summary = "print the parameters of a space",
        .description = "Types, ranges, defaults, conditions and constraints.",
        .example = "labwatch space show svm.yaml",
        .call = verb_space_show,
    },
    {
        .name = "space sample",
        .operands = "FILE",
        .kind = OPERAND_FILE,
        .least = 1,
        .most = 1,
        .options = sample_options,
        .summary = "draw configurations from a space",
        .description = "The same seed gives the same configurations.",
        .example = "labwatch space sample svm.yaml -n 10 --seed 3",
        .call = verb_space_sample,
    },
    {
        .name = "space diff",
        .operands = "FILE FILE",
        .kind = OPERAND_FILE,
        .least = 2,
        .most = 2,
        .options = diff_options,
        .summary = "say how two spaces differ",
        .description = "As diff(1): exit status 0 if they mean the same, 1 if they differ, 2 if there is trouble.",
        .example = "labwatch space diff old.yaml new.yaml",
        .call = verb_space_diff,
    },
    {
        .name = "space convert",
        .operands = "FILE",
        .kind = OPERAND_FILE,
        .least = 1,
        .most = 1,
        .options = convert_options,
        .summary = "rewrite a space in another tool's format",
        .description = "Reads one of the formats labwatch, configspace (1.x), configspace-0.6 (0.4 to 0.7), optuna and "
                       "sacred, and prints another.",
        .example = "labwatch space convert svm.yaml --to configspace",
        .call = verb_space_convert,
    },
    {
        .name = "optimizers",
        .operands = "[NAME]",
        .kind = OPERAND_OTHER,
        .most = 1,
        .options = optimizers_options,
        .summary = "the optimizers, or the options of one",
        .description = "Names, what they do, and the papers they follow.",
        .example = "labwatch optimizers sobol",
        .call = verb_optimizers,
    },
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
