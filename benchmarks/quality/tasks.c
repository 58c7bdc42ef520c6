#include "tasks.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CPU_SECONDS = 20, N_FOLDS = 3 };

typedef struct rows {
    char **lines;
    size_t n;
} rows;

static rows read_rows(const char *name) {
    const char *folder = getenv("LABWATCH_QUALITY_DATA");
    if (folder == NULL)
        quality_fail("LABWATCH_QUALITY_DATA does not name the folder that make_data.sh has filled");
    lw_text path = {0};
    lw_text_format(&path, "%s/%s", folder, name);
    FILE *file = path.failed ? NULL : fopen(path.bytes, "r");
    if (file == NULL)
        quality_fail("%s/%s cannot be read; make_data.sh makes it", folder, name);
    lw_text_release(&path);
    rows data = {.lines = quality_alloc(100000, sizeof(char *))};
    size_t capacity = 0;
    while (getline(&data.lines[data.n], &capacity, file) > 0) {
        capacity = 0;
        if (++data.n == 100000)
            quality_fail("%s has too many rows", name);
    }
    free(data.lines[data.n]);
    fclose(file);
    return data;
}

static void shuffle(rows *data, lw_stream *stream) {
    for (size_t i = data->n; i > 1; i--) {
        size_t j = (size_t)lw_stream_below(stream, i);
        char *line = data->lines[i - 1];
        data->lines[i - 1] = data->lines[j];
        data->lines[j] = line;
    }
}

static void free_rows(rows *data) {
    for (size_t i = 0; i < data->n; i++)
        free(data->lines[i]);
    free(data->lines);
}

static void make_folder(quality_instance *instance) {
    const char *parent = getenv("TMPDIR");
    lw_text folder = {0};
    lw_text_format(&folder, "%s/labwatch-quality.XXXXXX", parent != NULL ? parent : "/tmp");
    instance->folder = lw_text_take(&folder);
    if (instance->folder == NULL || mkdtemp(instance->folder) == NULL)
        quality_fail("no temporary folder can be made");
}

static char *path_in(const quality_instance *instance, const char *name) {
    lw_text path = {0};
    lw_text_format(&path, "%s/%s", instance->folder, name);
    char *bytes = lw_text_take(&path);
    if (bytes == NULL)
        quality_fail("no memory");
    return bytes;
}

void quality_remove_folder(quality_instance *instance) {
    static const char *const names[] = {"all",   "train0", "train1", "train2", "test0",
                                        "test1", "test2",  "empty",  "model"};
    if (instance->folder == NULL)
        return;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char *path = path_in(instance, names[i]);
        unlink(path);
        lw_free(path);
    }
    rmdir(instance->folder);
    lw_free(instance->folder);
}

/** Writes the rows whose fold is that one (in) or another (not in); all of them for a fold of -1. */
static void write_rows(const quality_instance *instance, const char *name, const rows *data, int fold, bool in) {
    char *path = path_in(instance, name);
    FILE *file = fopen(path, "w");
    if (file == NULL)
        quality_fail("%s cannot be written", path);
    for (size_t i = 0; i < data->n; i++)
        if (fold < 0 || ((int)(i % N_FOLDS) == fold) == in)
            fputs(data->lines[i], file);
    if (fclose(file) != 0)
        quality_fail("%s cannot be written", path);
    lw_free(path);
}

static void make_shuffled(quality_instance *instance, lw_stream *stream, const char *name) {
    rows data = read_rows(name);
    shuffle(&data, stream);
    make_folder(instance);
    write_rows(instance, "all", &data, -1, true);
    free_rows(&data);
}

static void make_folds(quality_instance *instance, lw_stream *stream, const char *name) {
    static const char *const train[N_FOLDS] = {"train0", "train1", "train2"};
    static const char *const test[N_FOLDS] = {"test0", "test1", "test2"};
    rows data = read_rows(name);
    shuffle(&data, stream);
    make_folder(instance);
    for (int fold = 0; fold < N_FOLDS; fold++) {
        write_rows(instance, train[fold], &data, fold, false);
        write_rows(instance, test[fold], &data, fold, true);
    }
    rows none = {0};
    write_rows(instance, "empty", &none, -1, true);
    free_rows(&data);
}

void quality_make_heart(quality_instance *instance, lw_stream *stream) {
    make_shuffled(instance, stream, "heart_scale");
}
void quality_make_cancer(quality_instance *instance, lw_stream *stream) {
    make_shuffled(instance, stream, "cancer_scale");
}
void quality_make_diabetes(quality_instance *instance, lw_stream *stream) {
    make_shuffled(instance, stream, "diabetes_scale");
}
void quality_make_heart_folds(quality_instance *instance, lw_stream *stream) {
    make_folds(instance, stream, "heart_01");
}
void quality_make_diabetes_folds(quality_instance *instance, lw_stream *stream) {
    make_folds(instance, stream, "diabetes_scale");
}

/** The number behind the last such mark in a command's output; NaN if there is none. */
static double number_printed(const lw_text *command, const char *mark) {
    FILE *pipe = command->failed ? NULL : popen(command->bytes, "r");
    if (pipe == NULL)
        quality_fail("a command cannot be started");
    double found = NAN;
    char line[4096];
    while (fgets(line, sizeof line, pipe) != NULL) {
        const char *at = strstr(line, mark);
        if (at != NULL)
            found = strtod(at + strlen(mark), NULL);
    }
    pclose(pipe);
    return found;
}

static void add_number(const lw_config *config, lw_text *command, const char *option, const char *name) {
    ptrdiff_t i = lw_space_find(lw_config_space(config), name);
    if (i < 0 || !lw_config_is_active(config, (size_t)i))
        return;
    lw_text_add(command, option);
    lw_error error;
    if (lw_config_spell(config, name, command, &error) != LW_OK)
        quality_fail("%s", error.message);
}

static size_t choice(const lw_config *config, const char *name) {
    return lw_config_choice(config, (size_t)lw_space_find(lw_config_space(config), name));
}

static void start(lw_text *command, const char *program) {
    lw_text_format(command, "ulimit -t %d; exec %s", CPU_SECONDS, program);
}

/** Runs the command over the instance's rows; what it prints behind the mark. */
static double cross_validation(const quality_instance *instance, lw_text *command, const char *mark) {
    lw_text_format(command, " %s/all 2>/dev/null", instance->folder);
    double value = number_printed(command, mark);
    lw_text_release(command);
    return value;
}

static double errors_in_100(double accuracy) {
    return isfinite(accuracy) ? 100 - accuracy : 50;
}

double quality_svm(const quality_instance *instance, const lw_config *config) {
    lw_text command = {0};
    start(&command, "svm-train -q -v 5");
    lw_text_format(&command, " -t %zu", choice(config, "kernel"));
    add_number(config, &command, " -c ", "C");
    add_number(config, &command, " -g ", "gamma");
    add_number(config, &command, " -d ", "degree");
    add_number(config, &command, " -r ", "shift");
    add_number(config, &command, " -w1 ", "weight");
    return errors_in_100(cross_validation(instance, &command, "Accuracy = "));
}

double quality_svr(const quality_instance *instance, const lw_config *config) {
    static const char *const kernels[] = {"0", "2", "3"};
    lw_text command = {0};
    start(&command, "svm-train -q -v 5");
    lw_text_format(&command, " -s %d -t %s", choice(config, "type") == 0 ? 3 : 4, kernels[choice(config, "kernel")]);
    add_number(config, &command, " -p ", "epsilon");
    add_number(config, &command, " -n ", "nu");
    add_number(config, &command, " -c ", "C");
    add_number(config, &command, " -g ", "gamma");
    add_number(config, &command, " -r ", "shift");
    double error = cross_validation(instance, &command, "Mean squared error = ");
    return isfinite(error) ? fmin(error, 2) : 2;
}

double quality_liblinear(const quality_instance *instance, const lw_config *config) {
    lw_text command = {0};
    start(&command, "liblinear-train -q -v 5");
    add_number(config, &command, " -s ", "solver");
    add_number(config, &command, " -c ", "C");
    add_number(config, &command, " -e ", "tolerance");
    add_number(config, &command, " -B ", "intercept");
    add_number(config, &command, " -w1 ", "weight");
    return errors_in_100(cross_validation(instance, &command, "Accuracy = "));
}

/** Mean over the folds of what xgboost prints last; worst where it prints nothing, and at most that. */
static double boosted(const quality_instance *instance, const lw_config *config, const char *settings, const char *mark,
                      double worst) {
    static const char *const same_name[] = {"booster",   "eta",              "max_depth", "min_child_weight",
                                            "subsample", "colsample_bytree", "lambda",    "alpha",
                                            "gamma",     "normalize_type",   "rate_drop", "skip_drop"};
    double sum = 0;
    for (int fold = 0; fold < N_FOLDS; fold++) {
        const char *folder = instance->folder;
        lw_text command = {0};
        start(&command, "xgboost");
        lw_text_format(&command, " %s/empty data=%s/train%d eval[t]=%s/test%d", folder, folder, fold, folder, fold);
        lw_text_format(&command, " model_out=%s/model nthread=1 seed=1 %s", folder, settings);
        add_number(config, &command, " num_round=", "rounds");
        for (size_t i = 0; i < sizeof same_name / sizeof *same_name; i++) {
            char option[64];
            snprintf(option, sizeof option, " %s=", same_name[i]);
            add_number(config, &command, option, same_name[i]);
        }
        lw_text_add(&command, " 2>&1");
        double value = number_printed(&command, mark);
        lw_text_release(&command);
        sum += isfinite(value) ? fmin(value, worst) : worst;
    }
    return sum / N_FOLDS;
}

double quality_xgboost(const quality_instance *instance, const lw_config *config) {
    return boosted(instance, config, "objective=binary:logistic eval_metric=logloss", "t-logloss:", 1);
}

double quality_xgboost_regression(const quality_instance *instance, const lw_config *config) {
    return boosted(instance, config, "objective=reg:squarederror base_score=0 eval_metric=rmse", "t-rmse:", 2);
}
