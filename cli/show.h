/**
 * The parts of `labwatch show`.
 */
#ifndef CLI_SHOW_H
#define CLI_SHOW_H

#include "opening.h"

/** Shows a run as the options say. An exit code. */
int show_run(const cli_arguments *given, const char *word);
/** Shows how an experiment stands. An exit code. */
int show_experiment(const cli_arguments *given, const char *word);
/** Shows what the experiment's optimizer believes of a space. An exit code. */
int show_model(lw_assistant *assistant, const cli_arguments *given);

/** "result        0.25": the value behind its name, with control characters escaped; nothing for NULL and "". */
void show_field(const char *name, const char *value);
void show_field_format(const char *name, const char *format, ...) LW_PRINTF(2, 3);
/** A document as YAML under a heading; nothing if it is empty or NULL. */
void show_document(const char *heading, const bson_t *document);
/** A document as pretty JSON, or as YAML. */
void show_whole(const bson_t *document, bool yaml);

#endif
