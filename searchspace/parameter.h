/**
 * One parameter: its values, their coordinates in [0, 1], and its levels where there are finitely many.
 */
#ifndef LABWATCH_PARAMETER_H
#define LABWATCH_PARAMETER_H

#include <labwatch/error.h>
#include <labwatch/space.h>
#include <labwatch/value.h>

#include "arena.h"
#include "choice_table.h"

/** A value of a parameter inside a configuration. */
typedef union lw_slot {
    double number;   /**< float, Gaussian; never -0.0 */
    int64_t integer; /**< integer */
    size_t choice;   /**< categorical, ordinal */
} lw_slot;

/** How values become short: to which decimals a computed value is rounded. */
typedef enum lw_rounding {
    LW_ROUND_NOT,   /**< the range is so narrow that its doubles are the values */
    LW_ROUND_GRAIN, /**< multiples of 10^exponent */
    LW_ROUND_DIGITS /**< a number of significant digits */
} lw_rounding;

/** How values and coordinates become each other; made by lw_coding_make. */
typedef struct lw_coding {
    bool logarithmic;
    double low, width; /**< of the scale on which u is uniform: value, or its logarithm; from cell's end to cell's end
                          for levels */
    double shrink,
        stretch; /**< factors from value to scale and back: 1, or 1/2 and 2 where the width would be no double */
    lw_rounding rounding;
    int exponent;   /**< LW_ROUND_GRAIN */
    double spacing; /**< LW_ROUND_GRAIN: 10^exponent; LW_ROUND_NOT: 0 */
    int digits;     /**< LW_ROUND_DIGITS */

    /* Steps of floats: level k is (origin + k * stride) * 10^step_exponent, if that is exact. */
    bool decimal_steps;
    int64_t origin, stride;
    int step_exponent;

    /* Gaussian. */
    double mean; /**< of the scale */
    double mass_low,
        mass;        /**< Phi at the lower bound, and from there to the upper; of the mirror image where mirrored */
    double furthest; /**< |z| beyond which doubles for u are too coarse: only a bound lies farther out */
    bool mirrored;

    const double *cell_ends; /**< choices with weights that differ: upper ends of their cells */
    lw_choice_table choices; /**< of choices */
} lw_coding;

/** Works out the coding of a parameter whose attributes are valid; choices is the table of those it has, if any. False
 * when out of memory. */
bool lw_coding_make(lw_coding *out, const lw_parameter *parameter, lw_choice_table choices, lw_arena *arena);

/** The value at u, which is cut to [0, 1]; u is not NaN. */
lw_slot lw_parameter_decode(const lw_parameter *parameter, const lw_coding *coding, double u);
/** The coordinate of a value. */
double lw_parameter_encode(const lw_parameter *parameter, const lw_coding *coding, lw_slot value);

/** Level k < n_levels. */
lw_slot lw_parameter_level(const lw_parameter *parameter, const lw_coding *coding, uint64_t k);
/** The level of a value. */
uint64_t lw_parameter_level_of(const lw_parameter *parameter, lw_slot value);
/** The prior probability of level k. */
double lw_parameter_level_share(const lw_parameter *parameter, const lw_coding *coding, uint64_t k);

/** The middle of the scale, the first choice: what counts where a file gives no default. */
lw_slot lw_parameter_middle(const lw_parameter *parameter, const lw_coding *coding);

/** The value in the user's type. */
lw_value lw_parameter_value(const lw_parameter *parameter, lw_slot slot);
/** Reads a user's value. LW_EINVAL with a sentence that names the parameter and says what would be right. */
int lw_parameter_read_value(const lw_parameter *parameter, const lw_coding *coding, lw_value value, lw_slot *out,
                            lw_error *error);

/** Number of levels of a float's steps, and the last one: what an upper bound off the grid is cut to. */
uint64_t lw_float_levels(double lower, double upper, double step, double *last);

#endif
