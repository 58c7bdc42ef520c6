#include "optimizer_simulation.h"

void simulation_start(simulation *s, lw_space *space, uint64_t seed) {
    memset(s, 0, sizeof *s);
    s->space = space;
    lw_stream_init(&s->stream, seed, LW_PURPOSE_SAMPLE, 0, 1);
}

void simulation_release(simulation *s) {
    for (size_t i = 0; i < s->n; i++) {
        lw_config_free(s->runs[i].config);
        if (s->runs[i].memo)
            bson_destroy(s->runs[i].memo);
        lw_free(s->runs[i].memo);
    }
    lw_free(s->runs);
    memset(s, 0, sizeof *s);
}

double simulated_cost(const lw_config *config) {
    const lw_space *space = lw_config_space(config);
    size_t d = lw_space_n_parameters(space);
    double *u = calloc(d + 1, sizeof *u);
    assert_non_null(u);
    lw_config_encode(config, u);
    double cost = 0, shift = 0;
    for (size_t i = 0; i < d; i++) {
        if (isnan(u[i]))
            cost += 0.3;
        else if (lw_space_parameter(space, i)->n_choices > 0)
            shift += 0.1 * (double)(lw_config_choice(config, i) % 3);
        else
            cost += (u[i] - 0.6 - 0.1 * shift) * (u[i] - 0.6 - 0.1 * shift);
    }
    free(u);
    return cost + shift;
}

static bool happens(simulation *s, double probability) {
    return lw_stream_uniform(&s->stream) < probability;
}

static simulated_run *add_run(simulation *s, lw_config *config) {
    assert_true(lw_array_reserve(&s->runs, &s->capacity, s->n, sizeof *s->runs));
    int64_t last = s->n > 0 ? s->runs[s->n - 1].observation.run_id : 0;
    simulated_run *run = &s->runs[s->n++];
    memset(run, 0, sizeof *run);
    lw_observation_init(&run->observation);
    run->observation.run_id = last + 1 + (happens(s, 0.1) ? 3 : 0);
    run->observation.config = run->config = config;
    return run;
}

const lw_observation *simulation_reserve(simulation *s, lw_suggestion *suggestion) {
    simulated_run *run = add_run(s, suggestion->config);
    run->observation.fidelity = suggestion->fidelity;
    run->observation.replicate = suggestion->replicate;
    run->observation.memo = run->memo = suggestion->memo;
    memset(suggestion, 0, sizeof *suggestion);
    return &run->observation;
}

static void complete(simulation *s, lw_observation *observation) {
    observation->outcome = LW_COMPLETED;
    observation->cost = simulated_cost(observation->config);
    if (happens(s, 0.3))
        observation->cost += 0.1 * lw_stream_uniform(&s->stream);
    if (happens(s, 0.1))
        observation->cost = 1.0; /* ties */
    if (happens(s, 0.03))
        observation->cost *= 1e300;
    observation->duration_s = lw_stream_uniform(&s->stream);
}

static void end(simulation *s, lw_observation *observation) {
    double event = lw_stream_uniform(&s->stream);
    if (event < 0.7) {
        complete(s, observation);
    } else if (event < 0.9) {
        observation->outcome = LW_FAILED;
        observation->failure = (lw_failure)(1 + lw_stream_below(&s->stream, LW_FAILURE_USER));
    } else {
        observation->outcome = LW_VOID;
    }
}

const lw_observation *simulation_import(simulation *s) {
    lw_config *config = NULL;
    lw_error error;
    assert_ok(lw_config_new(&config, s->space, &error), error);
    assert_ok(lw_config_sample(config, &s->stream, &error), error);
    lw_observation *observation = &add_run(s, config)->observation;
    observation->foreign = true;
    if (happens(s, 0.8))
        end(s, observation);
    return observation;
}

const lw_observation *simulation_end_some_run(simulation *s) {
    size_t first = s->n > 0 ? lw_stream_below(&s->stream, s->n) : 0;
    for (size_t i = 0; i < s->n; i++) {
        lw_observation *observation = &s->runs[(first + i) % s->n].observation;
        if (observation->outcome != LW_PENDING)
            continue;
        end(s, observation);
        return observation;
    }
    return NULL;
}

uint64_t simulation_next_number(const simulation *s) {
    uint64_t number = 1;
    for (size_t i = 0; i < s->n; i++)
        number += !s->runs[i].observation.foreign;
    return number;
}

void simulation_tell_all(simulation *s, lw_optimizer *optimizer) {
    lw_observation *shuffled = calloc(s->n + 1, sizeof *shuffled);
    assert_non_null(shuffled);
    for (size_t i = 0; i < s->n; i++) {
        size_t k = lw_stream_below(&s->stream, i + 1);
        shuffled[i] = shuffled[k];
        shuffled[k] = s->runs[i].observation;
    }
    lw_error error;
    for (size_t i = 0; i < s->n;) {
        size_t portion = 1 + lw_stream_below(&s->stream, s->n - i);
        assert_ok(lw_optimizer_update(optimizer, shuffled + i, portion, &error), error);
        i += portion;
    }
    free(shuffled);
}
