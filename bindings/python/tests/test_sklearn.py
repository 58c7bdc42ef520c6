"""LabwatchSearchCV with the real scikit-learn."""
import pickle
import threading
import warnings

import pytest

import labwatch

np = pytest.importorskip("numpy")
pytest.importorskip("sklearn", reason='pip install "./bindings/python[sklearn]"')

from scipy.stats import loguniform, norm, randint
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.svm import SVC
from sklearn.utils.estimator_checks import check_estimator

from labwatch.sklearn import LabwatchSearchCV

SPACE = {"C": labwatch.UniformFloat(1e-3, 1e3, log_scale=True), "kernel": ["linear", "rbf"]}


@pytest.fixture(scope="module")
def data():
    return make_classification(n_samples=80, n_features=5, random_state=1)


def test_what_fit_leaves_is_what_randomized_search_leaves(data):
    ours = LabwatchSearchCV(SVC(), SPACE, n_iter=8, random_state=1, cv=3, return_train_score=True).fit(*data)
    theirs = RandomizedSearchCV(SVC(), {"C": loguniform(1e-3, 1e3), "kernel": ["linear", "rbf"]}, n_iter=8,
                                random_state=1, cv=3, return_train_score=True).fit(*data)
    assert set(ours.cv_results_) == set(theirs.cv_results_)
    assert {n: type(v) for n, v in ours.cv_results_.items()} == {n: type(v) for n, v in theirs.cv_results_.items()}
    fitted = {name for name in vars(theirs) if name.endswith("_")}
    assert {name for name in vars(ours) if name.endswith("_")} == fitted
    assert ours.best_score_ == max(ours.cv_results_["mean_test_score"])
    assert ours.best_params_ == ours.cv_results_["params"][ours.best_index_]
    assert ours.best_estimator_.get_params()["C"] == ours.best_params_["C"]
    assert ours.predict(data[0]).shape == (80,)


def test_the_scores_are_those_of_a_grid_search_over_the_same_configurations(data):
    ours = LabwatchSearchCV(SVC(), SPACE, n_iter=6, random_state=1, cv=3, n_jobs=2).fit(*data)
    grid = [{name: [value] for name, value in params.items()} for params in ours.cv_results_["params"]]
    theirs = GridSearchCV(SVC(), grid, cv=3).fit(*data)
    assert list(ours.cv_results_["mean_test_score"]) == list(theirs.cv_results_["mean_test_score"])
    assert list(ours.cv_results_["rank_test_score"]) == list(theirs.cv_results_["rank_test_score"])


def test_the_same_random_state_gives_the_same_search(data):
    searches = [LabwatchSearchCV(SVC(), SPACE, n_iter=5, random_state=3, cv=3).fit(*data) for _ in range(2)]
    assert searches[0].cv_results_["params"] == searches[1].cv_results_["params"]


def test_runs_are_kept_in_a_store_and_teach_the_next_fit(data, tmp_path):
    store = f"sqlite:{tmp_path}/runs.db"
    search = LabwatchSearchCV(SVC(), {"kernel": ["linear", "rbf", "poly"]}, n_iter=2, cv=3, store=store, name="svc")
    first = search.fit(*data).cv_results_["params"]
    with pytest.warns(UserWarning, match="no more than 1"):  # of three kernels two are known
        second = clone(search).fit(*data).cv_results_["params"]
    assert sorted(params["kernel"] for params in [*first, *second]) == ["linear", "poly", "rbf"]
    with labwatch.Experiment("svc", store=store) as experiment:
        assert [run.status for run in experiment.runs()] == ["COMPLETED"] * 3
        assert experiment.best().result == max(run.results["score"] for run in experiment.runs())
        assert set(experiment.best().results) == {"score", "std", "fit_time"}
    with pytest.raises(ValueError, match="tried before"):
        clone(search).fit(*data)


@pytest.mark.parametrize("other", [2, np.random.RandomState(3)])
def test_a_fit_with_another_random_state_goes_on_with_the_seed_of_the_first(data, tmp_path, other):
    store = f"sqlite:{tmp_path}/runs.db"
    search = LabwatchSearchCV(SVC(), SPACE, n_iter=2, cv=2, random_state=1, store=store, name="svc").fit(*data)
    with labwatch.Experiment("svc", store=store) as experiment:
        seed = experiment.seed
    for _ in range(2):
        clone(search, safe=True).set_params(random_state=other).fit(*data)
    with labwatch.Experiment("svc", store=store) as experiment:
        assert experiment.seed == seed
        assert len(experiment.runs("status = COMPLETED")) == 6


@pytest.mark.parametrize("makes_nothing", [False, True])
def test_a_store_that_is_away_when_candidates_end_loses_no_result(data, tmp_path, away, makes_nothing):
    store = f"sqlite:{tmp_path}/runs.db"
    search = LabwatchSearchCV(Picky(), {"size": [3, 4] if makes_nothing else [1, 2]}, n_iter=2, cv=2, store=store,
                              name="picky")
    away("_send", "_take")
    if makes_nothing:
        with pytest.raises(ValueError, match="fits failed"):
            search.fit(*data)
    else:
        search.fit(*data)
    with labwatch.Experiment("picky", store=store) as experiment:
        assert [run.status for run in experiment.runs()] == [["COMPLETED", "FAILED"][makes_nothing]] * 2


def test_searches_at_the_same_time_share_what_they_learn(data, tmp_path):
    def search():
        searches.append(LabwatchSearchCV(SVC(), SPACE, n_iter=6, cv=2, store=f"sqlite:{tmp_path}/runs.db",
                                         name="svc").fit(*data))

    searches = []
    threads = [threading.Thread(target=search) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    params = [tuple(params.items()) for search in searches for params in search.cv_results_["params"]]
    assert len(set(params)) == 12  # nothing was tried twice
    with labwatch.Experiment("svc", store=f"sqlite:{tmp_path}/runs.db") as experiment:
        assert [run.status for run in experiment.runs()] == ["COMPLETED"] * 12


def test_a_store_needs_a_name(data):
    with pytest.raises(ValueError, match="need a name"):
        LabwatchSearchCV(SVC(), SPACE, store="sqlite:x.db").fit(*data)


def test_several_metrics(data, tmp_path):
    store = f"sqlite:{tmp_path}/runs.db"
    search = LabwatchSearchCV(SVC(), SPACE, n_iter=3, cv=3, scoring=["recall", "accuracy"], refit="accuracy",
                              store=store, name="svc").fit(*data)
    with labwatch.Experiment("svc", store=store) as experiment:
        assert experiment.best().result == search.best_score_ == max(search.cv_results_["mean_test_accuracy"])
        assert "recall" in experiment.best().results


class Picky(ClassifierMixin, BaseEstimator):
    """Can be fitted with small values only."""

    def __init__(self, size=1, kind="a"):
        self.size = size
        self.kind = kind

    def fit(self, X, y):  # noqa: N803
        if self.size > 2:
            raise ValueError("too large")
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):  # noqa: N803
        return np.full(len(X), self.classes_[self.size - 1])


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::sklearn.exceptions.FitFailedWarning")
@pytest.mark.parametrize(("n_jobs", "error_score"), [(1, np.nan), (2, np.nan), (1, -1.0)])
def test_candidates_that_cannot_be_fitted_are_rows_without_a_score_and_failed_runs(data, tmp_path, n_jobs,
        error_score):
    store = f"sqlite:{tmp_path}/runs.db"
    search = LabwatchSearchCV(Picky(), {"size": [3, 1, 4, 2]}, n_iter=4, cv=2, optimizer="grid", n_jobs=n_jobs,
                              store=store, name="picky", error_score=error_score).fit(*data)
    theirs = GridSearchCV(Picky(), {"size": [p["size"] for p in search.cv_results_["params"]]}, cv=2,
                          error_score=error_score).fit(*data)
    assert search.cv_results_["params"] == theirs.cv_results_["params"]
    for column in ("mean_test_score", "std_test_score", "rank_test_score", "split0_test_score"):
        assert np.array_equal(search.cv_results_[column], theirs.cv_results_[column], equal_nan=True), column
    assert search.best_index_ == theirs.best_index_
    assert search.best_params_ == theirs.best_params_
    assert [*search.cv_results_["param_size"]] == [*theirs.cv_results_["param_size"]]
    with labwatch.Experiment("picky", store=store) as experiment:
        assert {run.config["size"]: run.status for run in experiment.runs()} == {
            3: "FAILED", 1: "COMPLETED", 4: "FAILED", 2: "COMPLETED"}


def test_ctrl_c_leaves_nothing_running(data, tmp_path):
    def scoring(estimator, X, y):  # noqa: N803
        raise KeyboardInterrupt

    store = f"sqlite:{tmp_path}/runs.db"
    with pytest.raises(KeyboardInterrupt):
        LabwatchSearchCV(SVC(), SPACE, n_iter=2, cv=2, scoring=scoring, store=store, name="svc").fit(*data)
    with labwatch.Experiment("svc", store=store) as experiment:
        assert [run.status for run in experiment.runs()] == ["INTERRUPTED"]


def test_when_nothing_can_be_fitted_scikit_learn_says_why(data):
    with pytest.raises(ValueError, match="too large"):
        LabwatchSearchCV(Picky(), {"size": [3, 4]}, n_iter=2, cv=2).fit(*data)
    with pytest.raises(ValueError, match="too large"):
        LabwatchSearchCV(Picky(), {"size": [3, 4]}, n_iter=2, cv=2, error_score="raise").fit(*data)


def test_estimators_are_choices_and_conditions_leave_parameters_out(data):
    pipeline = Pipeline([("scale", StandardScaler()), ("svc", SVC())])
    space = {"scale": [StandardScaler(), MinMaxScaler(), "passthrough"],
             "svc": {"kernel": labwatch.Categorical(["rbf", "poly"]),
                     "degree": labwatch.UniformInt(2, 4, when={"svc.kernel": "poly"})},
             "svc__C": loguniform(1e-2, 1e2), "svc__max_iter": randint(50, 100), "svc__tol": 1e-2}
    search = LabwatchSearchCV(pipeline, space, n_iter=10, cv=2, random_state=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        search.fit(*data)
    for params in search.cv_results_["params"]:
        assert ("svc__degree" in params) == (params["svc__kernel"] == "poly")
        assert params["svc__tol"] == 1e-2
        assert 50 <= params["svc__max_iter"] < 100
    assert any(isinstance(params["scale"], MinMaxScaler) for params in search.cv_results_["params"])


def test_a_space_says_what_is_wrong_with_it(data):
    with pytest.raises(ValueError, match="distribution 'norm' of C"):
        LabwatchSearchCV(SVC(), {"C": norm(0, 1)}).fit(*data)
    with pytest.raises(TypeError, match="not a list"):
        LabwatchSearchCV(SVC(), [{"C": [1]}]).fit(*data)
    with pytest.raises(ValueError, match="n_iter"):
        LabwatchSearchCV(SVC(), SPACE, n_iter=0).fit(*data)


def test_it_can_be_cloned_and_pickled(data):
    search = LabwatchSearchCV(SVC(), SPACE, n_iter=2, cv=2, random_state=1)
    assert clone(search).get_params()["space"] == SPACE
    again = pickle.loads(pickle.dumps(search.fit(*data)))
    assert (again.predict(data[0]) == search.predict(data[0])).all()


@pytest.mark.filterwarnings("ignore")
def test_it_passes_the_estimator_checks_that_randomized_search_passes():
    def statuses(search):
        return {check["check_name"]: check["status"] for check in check_estimator(search, on_fail=None)}

    settings = {"cv": 2, "n_iter": 2, "error_score": "raise", "random_state": 1}
    ours = statuses(LabwatchSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}, **settings))
    theirs = statuses(RandomizedSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}, **settings))
    assert sum(status == "passed" for status in theirs.values()) > 30
    assert ours == theirs
