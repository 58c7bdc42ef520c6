"""
Is there an order in which the operations on each run, one at a time, could have been answered as they were?

Runs are independent of each other, so each is looked at by itself (linearizability is local; Herlihy and Wing 1990).
The search is Wing and Gong's (1993), with Lowe's memory of what was tried (2017): an operation takes place at some
moment between call and answer; one without an answer at any moment after its call, or never.

The model of a run: it is created by the first attempt at it; a further attempt may begin as long as it has no result;
the first result of any attempt stands; the same result again is known; one of another attempt is kept beside it; a
second, different one of the same attempt is refused; what is read is what is there.
"""

import collections

from records import NEVER, Operation

State = collections.namedtuple("State", "tokens current queued result late")
ABSENT = State(frozenset(), None, False, None, frozenset())


def take(state, op):
    if op.token in state.tokens:  # the reply to the first try was lost
        return state if state.current == op.token and not state.queued and state.result is None else None
    if state.result is not None:
        return None
    attempt = op.answer.get("attempt")
    if attempt == 1 and state.tokens:
        return None  # the id is given already
    return State(state.tokens | {op.token}, op.token, False, None, state.late)


def release(state, op):
    if op.code == "LW_ECONFLICT":
        return state if state.current != op.token or state.queued or state.result is not None else None
    if state.current != op.token or state.result is not None:
        return None
    return state._replace(queued=True)


def outcome_of_observe(state, op):
    """The code that it is answered with, and the state afterwards."""
    late = dict(state.late)
    mine = (op.token, op.cost)
    if op.token not in state.tokens:
        return "LW_ECONFLICT", state
    if state.result is None:
        return "LW_OK", state._replace(result=mine, current=op.token, queued=False)
    if state.result[0] == op.token:
        return ("LW_KNOWN" if state.result == mine else "LW_ECONFLICT"), state
    if op.token in late:
        return ("LW_LATE" if late[op.token] == op.cost else "LW_ECONFLICT"), state
    return "LW_LATE", state._replace(late=state.late | {mine})


def observe(state, op):
    code, after = outcome_of_observe(state, op)
    # By the second of two tries, as the reply to the first one was lost.
    found_done = op.code == "LW_KNOWN" and code == "LW_OK"
    return after if op.code in (None, code) or found_done else None


def beat(state, op):
    mine = state.current == op.token and not state.queued and state.result is None
    return state if mine == (op.code == "LW_OK") else None


def read(state, op):
    if op.code == "LW_ENOTFOUND":
        return state if not state.tokens else None
    if not state.tokens or op.answer["token"] != state.current:
        return None
    result = None if state.result is None else state.result[1]
    return state if op.answer["result"] == result else None


def read_at_end(state, op):
    """All that is in the document."""
    if read(state, op) is None or frozenset(map(tuple, op.answer["late"])) != state.late:
        return None
    return state


STEPS = {"take": take, "release": release, "observe": observe, "spool": observe, "beat": beat, "read": read,
         "read at end": read_at_end}
UNKNOWN = {None, "LW_EUNAVAILABLE"}


def prepared(operations):
    """Those that are to be put in order; what nobody knows the answer of has none."""
    out = []
    for op in operations:
        if op.op == "spool":  # it is delivered some time, as often as anybody likes
            out.append(Operation("observe", op.id, op.token, op.cost, op.called, op.worker))
        elif op.code not in UNKNOWN:
            out.append(op)
        elif op.op not in ("read", "beat"):
            out.append(Operation(op.op, op.id, op.token, op.cost, op.called, op.worker, answer=op.answer))
    return sorted(out, key=lambda op: op.called)


def add_unknown_takes(operations):
    """Attempts that are seen, and of whose reservation nobody lived to tell: made at any time."""
    known = {op.token for op in operations if op.op == "take"}
    seen = {op.token for op in operations if op.op in ("observe", "release", "spool")}
    seen |= {op.answer["token"] for op in operations if op.op in ("read", "read at end") and op.answer.get("token")}
    seen |= {token for op in operations if op.op == "read at end" for token, _ in op.answer["late"]}
    id = operations[0].id
    unknown = sorted(seen - known - {None})
    return [Operation("take", id, token, None, 0, "somebody") for token in unknown] + operations


def is_linearizable(operations):
    """operations: of one run. True, or the longest beginning that can be put in order, as a list."""
    ops = prepared(add_unknown_takes(operations))
    must = frozenset(i for i, op in enumerate(ops) if op.answered != NEVER)
    tried, best = set(), []
    stack = [(frozenset(), ABSENT, ())]
    while stack:
        done, state, order = stack.pop()
        if must <= done:
            return True
        if (done, state) in tried:
            continue
        tried.add((done, state))
        if len(order) > len(best):
            best = order
        first_answer = min(ops[i].answered for i in must - done)
        for i, op in enumerate(ops):
            if op.called > first_answer:
                break
            after = None if i in done else STEPS[op.op](state, op)
            if after is not None:
                stack.append((done | {i}, after, order + (i,)))
    return [ops[i] for i in best]


def check(operations):
    """Sentences on the runs whose history cannot be put in order."""
    by_run = collections.defaultdict(list)
    for op in operations:
        if op.op in STEPS and op.id:
            by_run[op.id].append(op)
    problems = []
    for id, ops in sorted(by_run.items()):
        found = is_linearizable(ops)
        if found is not True:
            lines = "\n".join(f"    {op!r}" for op in sorted(ops, key=lambda op: op.called))
            problems.append(f"run {id}: its operations cannot be put in order:\n{lines}\n"
                            f"    {len(found)} of them can: {found}")
    return problems
