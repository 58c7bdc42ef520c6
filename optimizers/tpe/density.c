#include "density.h"

#include <math.h>
#include <string.h>

#include <labwatch/sys/memory.h>

void lw_tpe_density_release(lw_tpe_density *density) {
    for (size_t g = 0; density->marginals && g < density->groups->n; g++) {
        lw_parzen_release(&density->marginals[g].parzen);
        lw_free(density->marginals[g].member);
    }
    lw_free(density->marginals);
    lw_free(density->evidence);
    memset(density, 0, sizeof *density);
}

static bool reserve(lw_tpe_density *density, size_t n) {
    if (!density->marginals)
        density->marginals = lw_calloc(density->groups->n, sizeof *density->marginals);
    if (n > density->capacity) {
        lw_free(density->evidence);
        density->evidence = lw_calloc(n + n / 2, sizeof *density->evidence);
        density->capacity = density->evidence ? n + n / 2 : 0;
    }
    return density->marginals && n <= density->capacity;
}

static bool reserve_members(lw_tpe_marginal *marginal, size_t n) {
    if (n <= marginal->capacity)
        return true;
    lw_free(marginal->member);
    marginal->member = lw_calloc(n + n / 2, sizeof *marginal->member);
    marginal->capacity = marginal->member ? n + n / 2 : 0;
    return marginal->member != NULL;
}

/* ---- fitting ---- */

static bool is_active(const lw_tpe_group *group, const double *u) {
    return !isnan(u[group->parameter[0]]);
}

static double value_of(const lw_parzen_column *column, double u) {
    if (column->kind != LW_PARZEN_NUMBERS)
        return (double)lw_parzen_level_at(column, u);
    return u < 0 ? 0 : u > 1 ? 1 : u;
}

static void fill_values(lw_tpe_marginal *marginal, const lw_tpe_group *group, const lw_history_rows *rows,
                        const lw_tpe_part *part, size_t n) {
    lw_parzen *parzen = &marginal->parzen;
    for (size_t j = 0; j < group->n; j++) {
        const double *u = rows->u + group->parameter[j];
        double *value = parzen->value + j * parzen->n;
        for (size_t i = 0; i < n; i++)
            value[i] = value_of(&group->columns[j], u[part->row[marginal->member[i]] * rows->d]);
    }
}

static void weigh(lw_tpe_density *density, lw_tpe_marginal *marginal) {
    lw_parzen *parzen = &marginal->parzen;
    const size_t n = parzen->n;
    double most = density->prior_evidence;
    for (size_t i = 0; i + 1 < n; i++)
        most = fmax(most, density->evidence[marginal->member[i]]);
    for (size_t i = 0; i + 1 < n; i++) {
        size_t k = marginal->member[i];
        parzen->terms[i] = density->part->weight[k] * exp(density->evidence[k] - most);
    }
    parzen->terms[n - 1] = fmax(density->prior_weight * exp(density->prior_evidence - most), 1e-300);
    lw_parzen_weigh(parzen, parzen->terms);
}

static bool fit(lw_tpe_density *density, const lw_tpe_group *group, const lw_history_rows *rows,
                lw_tpe_narrowest *narrowest, lw_tpe_marginal *marginal) {
    const lw_tpe_part *part = density->part;
    if (!reserve_members(marginal, part->n))
        return false;
    size_t n = 0;
    for (size_t k = 0; k < part->n; k++)
        if (is_active(group, rows->u + part->row[k] * rows->d))
            marginal->member[n++] = k;
    if (lw_parzen_reserve(&marginal->parzen, group->columns, group->n, n) != LW_OK)
        return false;
    fill_values(marginal, group, rows, part, n);
    lw_parzen_fit(&marginal->parzen, narrowest(part, n, group->n), density->prior_weight);
    weigh(density, marginal);
    return true;
}

int lw_tpe_density_fit(lw_tpe_density *density, const lw_tpe_groups *groups, const lw_history_rows *rows,
                       const lw_tpe_part *part, lw_tpe_narrowest *narrowest, double prior_weight, lw_error *error) {
    density->groups = groups;
    density->part = part;
    density->prior_weight = prior_weight;
    if (!reserve(density, part->n))
        return lw_error_no_memory(error);
    lw_tpe_density_begin(density);
    for (size_t g = 0; g < groups->n; g++)
        if (!fit(density, &groups->items[g], rows, narrowest, &density->marginals[g]))
            return lw_error_no_memory(error);
    return LW_OK;
}

/* ---- conditional densities ---- */

void lw_tpe_density_begin(lw_tpe_density *density) {
    density->prior_evidence = 0;
    for (size_t k = 0; k < density->part->n; k++)
        density->evidence[k] = 0;
}

/* Groups without a condition come first, and do not depend on each other: what was fitted to them holds. */
const lw_parzen *lw_tpe_density_given(lw_tpe_density *density, size_t g) {
    if (density->groups->items[g].is_conditional)
        weigh(density, &density->marginals[g]);
    return &density->marginals[g].parzen;
}

void lw_tpe_density_observe(lw_tpe_density *density, size_t g, const double *x, const double *width) {
    if (!density->groups->together)
        return;
    lw_tpe_marginal *marginal = &density->marginals[g];
    const lw_parzen *parzen = &marginal->parzen;
    lw_parzen_log_kernels(parzen, x, width, parzen->terms);
    for (size_t i = 0; i + 1 < parzen->n; i++)
        density->evidence[marginal->member[i]] += parzen->terms[i];
    density->prior_evidence += parzen->terms[parzen->n - 1];
}
