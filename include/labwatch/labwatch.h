/**
 * labwatch: hyperparameter optimization for any program.
 *
 * This header includes what callers need. Read on in this order: error.h, experiment.h, space.h, config.h, store.h, assistant.h;
 * optimizer.h and runner.h for more. What is "yours to lw_free" is freed by the function of sys/memory.h, and lw_text is in sys/text.h, both
 * included here. The rest of sys/ is for authors of optimizers and stores.
 */
#ifndef LABWATCH_H
#define LABWATCH_H

#include <labwatch/assistant.h>
#include <labwatch/clock.h>
#include <labwatch/config.h>
#include <labwatch/convert.h>
#include <labwatch/document.h>
#include <labwatch/error.h>
#include <labwatch/experiment.h>
#include <labwatch/expression.h>
#include <labwatch/filter.h>
#include <labwatch/group.h>
#include <labwatch/history.h>
#include <labwatch/optimizer.h>
#include <labwatch/random.h>
#include <labwatch/run.h>
#include <labwatch/runner.h>
#include <labwatch/space.h>
#include <labwatch/store.h>
#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>
#include <labwatch/value.h>
#include <labwatch/version.h>

#endif
