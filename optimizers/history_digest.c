/*
 * The digest of a history is the sum, modulo 2^128, of the digests of its observations, which do not depend on each
 * other: so it is the same in any order, and an observation is exchanged by one subtraction and one addition.
 * Observations have different run ids, so none is in the sum twice; that two different histories have the same sum by
 * accident has a chance of 2^-128. (By intent one could find such histories. The digest tells whether something was
 * changed, not whether someone lied.)
 */
#include "history_internal.h"

#include <labwatch/sys/digest.h>

static void add_numbers(lw_digest *digest, const double *numbers, size_t n) {
    lw_digest_add_u64(digest, n);
    for (size_t i = 0; i < n; i++)
        lw_digest_add_double(digest, numbers[i]);
}

unsigned __int128 lw_observation_digest(const lw_observation *observation) {
    lw_digest digest;
    lw_digest_start(&digest);
    lw_digest_add_u64(&digest, (uint64_t)observation->run_id);
    lw_digest_add_u64(&digest, (uint64_t)observation->outcome << 32 | (uint64_t)observation->failure << 1 |
                                   (uint64_t)observation->foreign);
    lw_digest_add_u64(&digest, (uint64_t)observation->replicate);
    lw_digest_add_double(&digest, observation->cost);
    lw_digest_add_double(&digest, observation->fidelity);
    lw_digest_add_double(&digest, observation->noise);
    add_numbers(&digest, observation->costs, observation->n_costs);
    add_numbers(&digest, observation->constraints, observation->n_constraints);

    uint8_t config[LW_DIGEST_SIZE];
    lw_config_digest(observation->config, config);
    lw_digest_add(&digest, config, sizeof config);
    if (observation->memo)
        lw_digest_add_text(&digest, (const char *)bson_get_data(observation->memo), observation->memo->len);

    uint8_t bytes[LW_DIGEST_SIZE];
    lw_digest_finish(&digest, bytes);
    unsigned __int128 number = 0;
    for (size_t i = 0; i < sizeof bytes; i++)
        number |= (unsigned __int128)bytes[i] << (8 * i);
    return number;
}
