/**
 * The first configurations of an optimizer that learns: spread over the space before a model is asked.
 */
#ifndef LABWATCH_INITIAL_DESIGN_H
#define LABWATCH_INITIAL_DESIGN_H

#include <labwatch/sys/optimizer.h>

#include "sobol.h"

extern const char *const lw_initial_kinds[], *const lw_initial_firsts[];

/** The options that lw_initial_design_init reads. automatic: what `initial: 0` means, the end of a sentence. */
#define LW_INITIAL_OPTIONS(automatic) \
    {.name = "initial", .kind = LW_OPTION_INTEGER, .lower = 0, .upper = 1e6, \
     .help = "How many configurations are spread over the space before the model is asked; 0: " automatic}, \
    {.name = "initial_kind", .kind = LW_OPTION_CHOICE, .choices = lw_initial_kinds, \
     .help = "What they are: points of a Sobol sequence, or random ones."}, \
    {.name = "first", .kind = LW_OPTION_CHOICE, .choices = lw_initial_firsts, \
     .help = "The first of them: the default configuration, the middle of the space, or like the others."}

typedef struct lw_initial_design {
    uint64_t n;     /**< 0: the optimizer's own number */
    bool is_random;
    size_t first;   /**< of lw_initial_firsts */
    size_t d;
    lw_sobol sobol;
    double *u;      /**< d: room for a point */
} lw_initial_design;

/** LW_OK or LW_ENOMEM. Release it in either case. */
int lw_initial_design_init(lw_initial_design *design, const lw_optimizer_setup *setup, lw_error *error);

/** Accepts a zeroed one. */
void lw_initial_design_release(lw_initial_design *design);

/**
 * Whether a request is for one of the n first ones: its number is at most n, and not as many runs that may be learned
 * from have a result.
 */
bool lw_initial_design_has(const lw_request *request, uint64_t n);

/** The configuration of that number. Also good for numbers behind the design. LW_OK, LW_ENOMEM, LW_EUNSATISFIABLE. */
int lw_initial_design_suggest(lw_initial_design *design, const lw_request *request, lw_proposal *proposal,
                              lw_error *error);

#endif
