/* labwatch export: all runs for other programs. */
#include "opening.h"
#include "run_list.h"
#include "say.h"

static int export_runs(lw_assistant *assistant, const cli_arguments *given) {
    run_list list = {0};
    run_wanted wanted = {.space = option_text(given, "space"), .order = LW_ORDER_ID};
    int code = run_list_read(&list, assistant, given, &wanted);
    if (code == EXIT_DONE)
        run_list_print(&list, lw_assistant_experiment(assistant), given, &(run_look){"csv", DETAIL_ALL});
    run_list_release(&list);
    return code;
}

int verb_export(const cli_arguments *given) {
    cli_opened opened = {0};
    int code = open_experiment(&opened, given, given->operands[0], OPEN_TO_LOOK, 0);
    if (code == EXIT_DONE && chosen_space(lw_assistant_experiment(opened.assistant), given, &code))
        code = export_runs(opened.assistant, given);
    opened_close(&opened);
    return code;
}
