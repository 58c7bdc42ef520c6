#include "type_state.h"

enum { PORTION = 64 };

int lw_type_tell(const lw_optimizer_type *type, void *state, const lw_history *history,
                 const lw_observation *const *changed, size_t n, lw_error *error) {
    return type->update && n > 0 ? type->update(state, history, changed, n, error) : LW_OK;
}

int lw_type_tell_all(const lw_optimizer_type *type, void *state, const lw_history *history, lw_error *error) {
    const lw_observation *portion[PORTION];
    const size_t n = lw_history_n(history);
    int outcome = LW_OK;
    for (size_t i = 0; i < n && outcome == LW_OK; i += PORTION) {
        size_t n_told = n - i < PORTION ? n - i : PORTION;
        for (size_t k = 0; k < n_told; k++)
            portion[k] = lw_history_get(history, i + k);
        outcome = lw_type_tell(type, state, history, portion, n_told, error);
    }
    return outcome;
}
