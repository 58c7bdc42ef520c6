#include <math.h>

#include <gsl/gsl_cdf.h>

#include "decimal.h"
#include "parameter.h"

/* ---- floats ---- */

/* A value nearer to a bound than half the spacing is that bound: bounds are values, wherever they lie. */
static double snap_to_bounds(const lw_parameter *p, double value, double spacing) {
    if (!(value - p->lower >= spacing / 2))
        return p->lower;
    if (!(p->upper - value >= spacing / 2))
        return p->upper;
    return value;
}

static double shorten(const lw_coding *coding, const lw_parameter *p, double value) {
    if (coding->rounding == LW_ROUND_GRAIN)
        value = lw_decimal_round(value, coding->exponent);
    return snap_to_bounds(p, value, coding->spacing);
}

/*
 * The same for exp(logarithm). The logarithm tells the number of digits; where it is wrong by its own rounding,
 * the value is so near to a power of ten that it becomes that power either way.
 */
static double shorten_exponential(const lw_coding *coding, const lw_parameter *p, double logarithm) {
    double value = exp(logarithm);
    if (!(value > p->lower && value < p->upper))
        return snap_to_bounds(p, value, 0);
    double power = logarithm * M_LOG10E;
    int whole = (int)power, exponent = whole - (power < whole) - (coding->digits - 1);
    return snap_to_bounds(p, lw_decimal_round(value, exponent), lw_power_of_ten(exponent));
}

static double decode_scale(const lw_parameter *p, const lw_coding *coding, double x) {
    return coding->logarithmic ? shorten_exponential(coding, p, x) : shorten(coding, p, x * coding->stretch);
}

static double decode_float(const lw_parameter *p, const lw_coding *coding, double u) {
    if (u <= 0)
        return p->lower;
    if (u >= 1)
        return p->upper;
    return decode_scale(p, coding, coding->low + u * coding->width);
}

static double encode_float(const lw_coding *coding, double value) {
    double x = coding->logarithmic ? log(value) : value * coding->shrink;
    return (x - coding->low) / coding->width;
}

/* ---- Gaussian ---- */

static bool has_lower(const lw_parameter *p) {
    return !isinf(p->lower);
}

static bool has_upper(const lw_parameter *p) {
    return !isinf(p->upper);
}

/* The furthest value may have been rounded to one that lies farther out by so many sigma, at most. */
static const double rounded_outward = 0.01;

static double limited(double z, double furthest) {
    return z > furthest ? furthest : z < -furthest ? -furthest : z;
}

static double decode_gaussian(const lw_parameter *p, const lw_coding *coding, double u) {
    if (u <= 0 && has_lower(p))
        return p->lower;
    if (u >= 1 && has_upper(p))
        return p->upper;
    double inside = u < 0 ? 0 : u > 1 ? 1 : u;
    double mass = coding->mass_low + (coding->mirrored ? 1 - inside : inside) * coding->mass;
    double z = mass <= 0 ? -coding->furthest : mass >= 1 ? coding->furthest : gsl_cdf_ugaussian_Pinv(mass);
    double x = coding->mean + p->sigma * limited(coding->mirrored ? -z : z, coding->furthest);
    return decode_scale(p, coding, x);
}

static double encode_gaussian(const lw_parameter *p, const lw_coding *coding, double value) {
    if (value <= p->lower)
        return 0;
    if (value >= p->upper)
        return 1;
    double x = coding->logarithmic ? log(value) : value;
    double z = limited((x - coding->mean) / p->sigma, coding->furthest + rounded_outward);
    double u = (gsl_cdf_ugaussian_P(coding->mirrored ? -z : z) - coding->mass_low) / coding->mass;
    return coding->mirrored ? 1 - u : u;
}

/* ---- levels: integers, and floats with a step ---- */

static double first_level(const lw_parameter *p) {
    return p->kind == LW_PARAMETER_INTEGER ? (double)p->lower_integer : p->lower;
}

static double level_step(const lw_parameter *p) {
    return p->kind == LW_PARAMETER_INTEGER ? (double)p->step_integer : p->step;
}

static uint64_t cut_level(const lw_parameter *p, double k) {
    if (!(k > 0))
        return 0;
    return k >= (double)p->n_levels ? p->n_levels - 1 : (uint64_t)k < p->n_levels ? (uint64_t)k : p->n_levels - 1;
}

/* The nearest multiple of stride; the last level stands for what is nearer to it. */
static uint64_t nearest_multiple(const lw_parameter *p, double k, uint64_t stride) {
    uint64_t times = (uint64_t)nearbyint(fmax(k, 0) / (double)stride), level;
    if (__builtin_mul_overflow(times, stride, &level) || level >= p->n_levels)
        return p->n_levels - 1;
    return p->n_levels - 1 - level <= stride / 2 ? p->n_levels - 1 : level;
}

/* How many levels lie between two values with twelve digits of that exponent. */
static uint64_t stride_at(const lw_parameter *p, int exponent) {
    uint64_t stride = 1;
    double spacing = exponent > 11 ? lw_power_of_ten(exponent - 11) / level_step(p) : 0;
    while ((double)stride < spacing)
        stride *= 10;
    return stride;
}

/*
 * Logarithms of large integers do not tell them apart: those above 10^12 have twelve digits. Just at a power
 * of ten the coarser grid begins; a value below it must be found also when x comes out above it, by a little.
 */
static uint64_t level_of_large(const lw_parameter *p, double x) {
    int exponent = lw_decimal_exponent(x * (1 + 1e-12));
    double k = (x - first_level(p)) / level_step(p);
    if (lw_decimal_exponent(x * (1 - 1e-12)) < exponent) {
        uint64_t level = nearest_multiple(p, k, stride_at(p, exponent - 1));
        if (first_level(p) + (double)level * level_step(p) < lw_power_of_ten(exponent))
            return level;
    }
    return nearest_multiple(p, k, stride_at(p, exponent));
}

static uint64_t decode_level(const lw_parameter *p, const lw_coding *coding, double u) {
    if (u >= 1)
        return p->n_levels - 1;
    if (!(u > 0))
        return 0;
    if (!coding->logarithmic)
        return cut_level(p, floor(u * (double)p->n_levels));
    double x = exp(coding->low + u * coding->width);
    if (x > 1e12 && p->kind == LW_PARAMETER_INTEGER)
        return level_of_large(p, x);
    return cut_level(p, floor((x - first_level(p)) / level_step(p) + 0.5));
}

/* The middle of the level's cell; where cells are hardly wider than the spacing of doubles, a neighbour that lies in
 * it. */
static double encode_linear_level(const lw_parameter *p, const lw_coding *coding, uint64_t k) {
    double u = ((double)k + 0.5) / (double)p->n_levels;
    if (p->n_levels < UINT64_C(1) << 50)
        return u;
    while (decode_level(p, coding, u) > k)
        u = nextafter(u, 0);
    while (decode_level(p, coding, u) < k)
        u = nextafter(u, 1);
    return u;
}

static double slot_as_double(const lw_parameter *p, lw_slot value) {
    return p->kind == LW_PARAMETER_INTEGER ? (double)value.integer : value.number;
}

static double encode_level(const lw_parameter *p, const lw_coding *coding, lw_slot value) {
    if (coding->logarithmic)
        return (log(slot_as_double(p, value)) - coding->low) / coding->width;
    return encode_linear_level(p, coding, lw_parameter_level_of(p, value));
}

uint64_t lw_parameter_level_of(const lw_parameter *p, lw_slot value) {
    if (p->kind == LW_PARAMETER_INTEGER)
        return ((uint64_t)value.integer - (uint64_t)p->lower_integer) / (uint64_t)p->step_integer;
    if (p->kind == LW_PARAMETER_FLOAT)
        return cut_level(p, nearbyint((value.number - p->lower) / p->step));
    return value.choice;
}

/* On logarithms the cell of a level goes half a step to either side. */
static double logarithmic_share(const lw_parameter *p, const lw_coding *coding, uint64_t k) {
    double value = first_level(p) + (double)k * level_step(p), half = level_step(p) / 2;
    double from = k == 0 ? coding->low : log(value - half);
    return (log(value + half) - from) / coding->width;
}

double lw_parameter_level_share(const lw_parameter *p, const lw_coding *coding, uint64_t k) {
    if (p->n_choices > 0)
        return p->choices[k].weight;
    return coding->logarithmic ? logarithmic_share(p, coding, k) : 1 / (double)p->n_levels;
}

/* ---- choices ---- */

static size_t decode_choice(const lw_parameter *p, const lw_coding *coding, double u) {
    if (!coding->cell_ends)
        return (size_t)cut_level(p, floor(u * (double)p->n_choices));
    size_t low = 0, high = p->n_choices - 1;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (u < coding->cell_ends[middle])
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

static double encode_choice(const lw_parameter *p, const lw_coding *coding, size_t choice) {
    if (!coding->cell_ends)
        return ((double)choice + 0.5) / (double)p->n_choices;
    double from = choice > 0 ? coding->cell_ends[choice - 1] : 0;
    return from + (coding->cell_ends[choice] - from) / 2;
}

/* ---- any parameter ---- */

static bool has_steps(const lw_parameter *p) {
    return p->kind == LW_PARAMETER_INTEGER || (p->kind == LW_PARAMETER_FLOAT && p->step > 0);
}

lw_slot lw_parameter_decode(const lw_parameter *p, const lw_coding *coding, double u) {
    if (has_steps(p))
        return lw_parameter_level(p, coding, decode_level(p, coding, u));
    if (p->kind == LW_PARAMETER_FLOAT)
        return (lw_slot){.number = decode_float(p, coding, u) + 0.0}; /* + 0.0: no -0.0 */
    if (p->kind == LW_PARAMETER_GAUSSIAN)
        return (lw_slot){.number = decode_gaussian(p, coding, u) + 0.0};
    return (lw_slot){.choice = decode_choice(p, coding, u)};
}

double lw_parameter_encode(const lw_parameter *p, const lw_coding *coding, lw_slot value) {
    double u;
    if (has_steps(p))
        u = encode_level(p, coding, value);
    else if (p->kind == LW_PARAMETER_FLOAT)
        u = encode_float(coding, value.number);
    else if (p->kind == LW_PARAMETER_GAUSSIAN)
        u = encode_gaussian(p, coding, value.number);
    else
        u = encode_choice(p, coding, value.choice);
    return u < 0 ? 0 : u > 1 ? 1 : u;
}

static lw_slot middle_of_levels(const lw_parameter *p, const lw_coding *coding) {
    double first = first_level(p), last = first + (double)(p->n_levels - 1) * level_step(p);
    if (!coding->logarithmic)
        return lw_parameter_level(p, coding, (p->n_levels - 1) / 2);
    double k = (exp((log(first) + log(last)) / 2) - first) / level_step(p);
    return lw_parameter_level(p, coding, cut_level(p, nearbyint(k)));
}

lw_slot lw_parameter_middle(const lw_parameter *p, const lw_coding *coding) {
    if (p->n_choices > 0)
        return (lw_slot){.choice = 0};
    if (has_steps(p))
        return middle_of_levels(p, coding);
    bool has_mu = p->kind == LW_PARAMETER_GAUSSIAN && p->mu >= p->lower && p->mu <= p->upper;
    return lw_parameter_decode(p, coding, has_mu ? encode_gaussian(p, coding, p->mu) : 0.5);
}

lw_value lw_parameter_value(const lw_parameter *p, lw_slot slot) {
    switch (p->kind) {
    case LW_PARAMETER_INTEGER:
        return (lw_value){.kind = LW_VALUE_INTEGER, .integer = slot.integer};
    case LW_PARAMETER_FLOAT:
    case LW_PARAMETER_GAUSSIAN:
        return (lw_value){.kind = LW_VALUE_FLOAT, .number = slot.number};
    default:
        return p->choices[slot.choice].value;
    }
}
