"""Faults are planted in histories and documents, and the checks find each; what is right is not blamed."""

import random
import unittest

import documents
import history
from records import NEVER, Operation

S = 10**9


def op(name, called, answered, code="LW_OK", token="a", cost=None, id=1, **answer):
    """Times in seconds; answered None: never."""
    end_ns = NEVER if answered is None else answered * S
    return Operation(name, id, token, cost, called * S, "w", end_ns, code, answer)


def take(called, answered, token, attempt=1, **more):
    return op("take", called, answered, token=token, attempt=attempt, **more)


def read(called, answered, token, result=None):
    made = op("read", called, answered, token=None, result=result)
    made.answer["token"] = token
    return made


def end(token, result=None, late=()):
    return Operation("read at end", 1, None, None, 1000 * S, "the store", 1000 * S, "LW_OK",
                     {"token": token, "result": result, "late": list(late)})


class Histories(unittest.TestCase):
    def good(self, *operations):
        self.assertEqual(history.check(list(operations)), [])

    def bad(self, *operations):
        self.assertEqual(len(history.check(list(operations))), 1)

    def test_a_plain_run(self):
        self.good(take(1, 2, "a"), read(2, 3, "a"), op("beat", 3, 4), op("observe", 4, 5, cost=7.0),
                  read(6, 7, "a", 7.0), op("observe", 8, 9, "LW_KNOWN", cost=7.0),
                  op("observe", 8, 9, "LW_ECONFLICT", cost=8.0), end("a", 7.0))

    def test_an_id_given_twice(self):
        self.bad(take(1, 2, "a"), take(3, 4, "b"), end("b"))
        self.bad(take(1, 4, "a"), take(2, 3, "b"), op("observe", 5, 6, cost=7.0), end("a", 7.0))

    def test_a_run_given_to_another_after_its_result(self):
        self.bad(take(1, 2, "a"), op("observe", 3, 4, cost=7.0), take(5, 6, "b", 2), end("a", 7.0))
        self.good(take(1, 2, "a"), op("observe", 3, 6, cost=7.0), take(5, 7, "b", 2), end("a", 7.0))

    def test_an_acknowledged_result_lost(self):
        self.bad(take(1, 2, "a"), op("observe", 3, 4, cost=7.0), end("a"))
        self.good(take(1, 2, "a"), op("observe", 3, None, None, cost=7.0), end("a"))
        self.good(take(1, 2, "a"), op("observe", 3, None, None, cost=7.0), end("a", 7.0))

    def test_an_acknowledged_reservation_lost(self):
        self.bad(take(1, 2, "a"), op("read", 3, 4, "LW_ENOTFOUND", token=None))

    def test_a_result_changed(self):
        self.bad(take(1, 2, "a"), op("observe", 3, 4, cost=7.0), end("a", 7.5))
        self.bad(take(1, 2, "a"), op("observe", 3, 4, cost=7.0), op("observe", 5, 6, cost=8.0), end("a", 8.0))

    def test_a_result_that_nobody_has_given(self):
        self.bad(take(1, 2, "a"), end("a", 7.0))
        self.bad(take(1, 2, "a"), op("observe", 4, 5, cost=7.0), read(2, 3, "a", 7.0), end("a", 7.0))

    def test_a_stale_read(self):
        self.bad(take(1, 2, "a"), op("observe", 3, 4, cost=7.0), read(5, 6, "a"), end("a", 7.0))
        self.bad(take(1, 2, "a"), op("observe", 3, None, None, cost=7.0), read(5, 6, "a", 7.0), read(7, 8, "a"),
                 end("a", 7.0))
        self.good(take(1, 2, "a"), op("observe", 3, 6, cost=7.0), read(4, 5, "a"), end("a", 7.0))

    def test_late_results_are_kept(self):
        two = [take(1, 2, "a"), take(10, 11, "b", 2)]
        self.good(*two, op("observe", 12, 13, token="b", cost=8.0), op("observe", 14, 15, "LW_LATE", cost=7.0),
                  end("b", 8.0, [("a", 7.0)]))
        self.bad(*two, op("observe", 12, 13, token="b", cost=8.0), op("observe", 14, 15, "LW_LATE", cost=7.0),
                 end("b", 8.0))
        self.good(*two, op("observe", 12, 13, cost=7.0), op("observe", 14, 15, "LW_LATE", token="b", cost=8.0),
                  end("a", 7.0, [("b", 8.0)]))
        self.bad(*two, op("observe", 12, 13, cost=7.0), op("observe", 14, 15, token="b", cost=8.0),
                 end("b", 8.0, [("a", 7.0)]))

    def test_what_should_count_is_not_refused(self):
        self.bad(take(1, 2, "a"), op("observe", 3, 4, "LW_ECONFLICT", cost=7.0), end("a"))
        self.bad(take(1, 2, "a"), op("beat", 3, 4, "LW_ECONFLICT"), end("a"))

    def test_a_beat_for_a_run_that_another_has(self):
        self.bad(take(1, 2, "a"), take(3, 4, "b", 2), op("beat", 5, 6), end("b"))
        self.good(take(1, 2, "a"), take(3, 4, "b", 2), op("beat", 5, 6, "LW_ECONFLICT"), end("b"))

    def test_a_spooled_result_may_come_at_any_time(self):
        self.good(take(1, 2, "a"), op("spool", 3, 4, cost=7.0), read(5, 6, "a"), end("a", 7.0))

    def test_attempts_of_which_nobody_lived_to_tell(self):
        self.good(take(0, None, None, id=0, code=None), read(5, 6, "x"), end("x"))
        self.bad(read(5, 6, "x"), read(7, 8, "y"), read(9, 10, "x"), end("x"))


class Simulation:
    """Histories of a run that behaves, with calls that overlap."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.state = history.ABSENT
        self.operations = []
        for step in range(self.random.randrange(4, 12)):
            self.do(10 * step + 10)
        state = self.state
        self.operations.append(end(state.current, state.result and state.result[1], sorted(state.late)))

    def do(self, at):
        tokens = sorted(self.state.tokens)
        token = self.random.choice(tokens) if tokens else None
        kind = self.random.choice(["take", "read", "observe", "observe"]) if tokens else "take"
        call = Operation(kind, 1, token, None, 0, "w", 0, "LW_OK")
        if kind == "take":
            if self.state.result is not None:
                return
            call.token, call.answer = f"{len(tokens):02}", {"attempt": len(tokens) + 1}
            self.state = history.take(self.state, call)
        elif kind == "read":
            result = self.state.result and self.state.result[1]
            call.token, call.answer = None, {"token": self.state.current, "result": result}
        else:
            call.cost = float(self.random.randrange(3))
            call.code, self.state = history.outcome_of_observe(self.state, call)
        call.called = (at - self.random.randrange(1, 25)) * S
        call.answered = (at + self.random.randrange(1, 25)) * S
        if kind == "observe" and self.random.randrange(5) == 0:
            call.answered, call.code = NEVER, None
        self.operations.append(call)

    def acknowledged(self, kind, *codes):
        return [o for o in self.operations if o.op == kind and o.code in codes]


class SimulatedHistories(unittest.TestCase):
    def test_nothing_right_is_blamed(self):
        for seed in range(500):
            self.assertEqual(history.check(Simulation(seed).operations), [], seed)

    def plant(self, plant):
        """plant changes a history, or says that it has no place for the fault."""
        planted = 0
        for seed in range(500):
            simulation = Simulation(seed)
            if plant(simulation):
                planted += 1
                self.assertEqual(len(history.check(simulation.operations)), 1, seed)
        self.assertGreater(planted, 50)

    def test_a_double_id(self):
        def plant(simulation):
            at = simulation.operations[-1].called - S
            simulation.operations.append(Operation("take", 1, "double", None, at, "w", at, "LW_OK", {"attempt": 1}))
            return True

        self.plant(plant)

    def test_a_lost_result(self):
        def plant(simulation):
            simulation.operations[-1].answer["result"] = None
            return bool(simulation.acknowledged("observe", "LW_OK"))

        self.plant(plant)

    def test_a_changed_result(self):
        def plant(simulation):
            answer = simulation.operations[-1].answer
            had_one = answer["result"] is not None
            answer["result"] = 77.0
            return had_one

        self.plant(plant)

    def test_a_lost_late_result(self):
        def plant(simulation):
            simulation.operations[-1].answer["late"].clear()
            return bool(simulation.acknowledged("observe", "LW_LATE"))

        self.plant(plant)

    def test_a_stale_read(self):
        def plant(simulation):
            results = simulation.acknowledged("observe", "LW_OK")
            if not results:
                return False
            at = results[0].answered + S
            simulation.operations.append(
                Operation("read", 1, None, None, at, "r", at + S, "LW_OK", {"token": results[0].token, "result": None}))
            return True

        self.plant(plant)


def run(id, result=1.5, token="800000aa", x=1, y=1, experiment="finite", last_id=None):
    made = documents.Run.__new__(documents.Run)
    made.id, made.experiment, made.status, made.config = id, experiment, "COMPLETED", {"x": x, "y": y}
    made.result, made.token, made.tokens, made.attempt = result, token, {token}, 1
    made.attempts, made.late, made.last_id = [], [], id - 1 if last_id is None else last_id
    return made


class Documents(unittest.TestCase):
    def test_ids(self):
        budgets = {"finite": 3}
        self.assertEqual(documents.check_ids([run(1), run(2)], budgets), [])
        self.assertEqual(len(documents.check_ids([run(1), run(1)], budgets)), 1)
        self.assertEqual(len(documents.check_ids([run(1), run(4)], budgets)), 2)
        self.assertEqual(len(documents.check_ids([run(1, experiment="other")], budgets)), 1)

    def test_budgets(self):
        self.assertEqual(documents.check_budgets([run(1), run(2)], {"finite": 2}), [])
        self.assertEqual(len(documents.check_budgets([run(1), run(2)], {"finite": 3})), 1)

    def test_ends(self):
        open_run = run(2)
        open_run.status = "RUNNING"
        self.assertEqual(documents.check_ends([run(1)]), [])
        self.assertEqual(len(documents.check_ends([run(1), open_run])), 1)

    def test_costs(self):
        self.assertEqual(documents.check_costs([run(1)]), [])
        self.assertEqual(len(documents.check_costs([run(1, result=1.25)])), 1)
        late = run(1)
        late.late = [("400000bb", 1.3)]
        self.assertEqual(len(documents.check_costs([late])), 1)

    def test_configs(self):
        self.assertEqual(documents.check_configs([run(1, x=1), run(2, x=2), run(3, experiment="model")]), [])
        self.assertEqual(len(documents.check_configs([run(1), run(2)])), 1)

    def test_replays(self):
        self.assertEqual(documents.check_replays([run(1)], {1: "same"}), [])
        self.assertEqual(len(documents.check_replays([run(1)], {1: "different"})), 1)
        self.assertEqual(len(documents.check_replays([run(1)], {})), 1)
        self.assertEqual(len(documents.check_replays([run(1, last_id=1)], {1: "same"})), 1)

    def test_acknowledged(self):
        token = "800000aa"
        taken = take(1, 2, token, config={"x": 1, "y": 1})
        observed = op("observe", 3, 4, token=token, cost=1.5)
        self.assertEqual(documents.check_acknowledged([run(1)], [taken, observed], [("w", 1, 1.5)]), [])
        self.assertEqual(len(documents.check_acknowledged([run(1)], [take(1, 2, "b")], [])), 1)
        self.assertEqual(len(documents.check_acknowledged([run(1, x=2)], [taken], [])), 1)
        self.assertEqual(len(documents.check_acknowledged([run(1, result=1.25)], [observed], [])), 1)
        self.assertEqual(len(documents.check_acknowledged([], [observed], [])), 1)
        self.assertEqual(len(documents.check_acknowledged([run(1)], [], [("w", 1, 1.25)])), 1)
        self.assertEqual(len(documents.check_acknowledged([run(1)], [], [("w", 2, 1.5)])), 1)

    def test_points(self):
        logged = [op("log", 1, 2, cost=1.5), op("log", 3, None, None, cost=2.5)]
        self.assertEqual(documents.check_points([(1, 0, 1.5)], logged), [])
        self.assertEqual(documents.check_points([(1, 0, 1.5), (1, 0, 2.5)], logged), [])
        self.assertEqual(len(documents.check_points([(1, 0, 2.5)], logged)), 1)
        self.assertEqual(len(documents.check_points([(1, 0, 1.5), (1, 0, 1.5)], logged)), 1)
        self.assertEqual(len(documents.check_points([(1, 0, 1.5), (1, 9, 1.5)], logged)), 1)


if __name__ == "__main__":
    unittest.main()
