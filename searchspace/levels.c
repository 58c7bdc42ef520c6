#include "levels.h"

#include "space_internal.h"

const size_t *lw_space_order(const lw_space *space) {
    return space->order;
}

double lw_space_level_coordinate(const lw_space *space, size_t i, uint64_t k) {
    const lw_dimension *dimension = &space->dimensions[i];
    lw_slot level = lw_parameter_level(&dimension->shown, &dimension->coding, k);
    return lw_parameter_encode(&dimension->shown, &dimension->coding, level);
}

uint64_t lw_space_level_at(const lw_space *space, size_t i, double u) {
    const lw_dimension *dimension = &space->dimensions[i];
    return lw_parameter_level_of(&dimension->shown, lw_parameter_decode(&dimension->shown, &dimension->coding, u));
}

double lw_space_level_share(const lw_space *space, size_t i, uint64_t k) {
    const lw_dimension *dimension = &space->dimensions[i];
    return lw_parameter_level_share(&dimension->shown, &dimension->coding, k);
}
