"""A small neural network that reads digits, with two search spaces: which one is chosen by its name.

    python digits_mlp.py                               # the defaults
    python digits_mlp.py with small_search_space       # two of its hyperparameters are suggested
    python digits_mlp.py with search_space epochs=5    # five of them; epochs as given
"""
import os

from sacred import Experiment
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

from labwatch.assistant import LabAssistant
from labwatch.hyperparameters import Categorical, Condition, UniformFloat, UniformInt
from labwatch.optimizers import RandomForest

ex = Experiment("digits-mlp")
assistant = LabAssistant(ex, url=os.environ.get("LABWATCH_STORE", "sqlite:digits.db"), optimizer=RandomForest)


@ex.config
def defaults():
    batch_size = 64
    learning_rate = 0.001
    alpha = 0.0001
    layers = 1
    first_layer = 32
    second_layer = 32
    epochs = 10


@assistant.search_space
def small_search_space():
    batch_size = UniformInt(lower=16, upper=128, default=64, log_scale=True)
    learning_rate = UniformFloat(lower=1e-4, upper=1e-1, default=1e-3, log_scale=True)


@assistant.search_space
def search_space():
    batch_size = UniformInt(lower=16, upper=128, default=64, log_scale=True)
    learning_rate = UniformFloat(lower=1e-4, upper=1e-1, default=1e-3, log_scale=True)
    alpha = UniformFloat(lower=1e-6, upper=1e-1, default=1e-4, log_scale=True)
    layers = Categorical([1, 2])
    first_layer = UniformInt(lower=8, upper=128, default=32, log_scale=True)
    second_layer = UniformInt(lower=8, upper=128, default=32, log_scale=True) | Condition(layers, [2])


@ex.automain
def train(batch_size, learning_rate, alpha, layers, first_layer, second_layer, epochs, seed, _run):
    x, y = load_digits(return_X_y=True)
    x_train, x_test, y_train, y_test = train_test_split(x / 16, y, test_size=0.3, random_state=0)
    sizes = (first_layer, second_layer) if layers == 2 else (first_layer,)
    network = MLPClassifier(sizes, batch_size=batch_size, learning_rate_init=learning_rate, alpha=alpha, random_state=seed)
    for epoch in range(epochs):
        network.partial_fit(x_train, y_train, classes=range(10))
        _run.log_scalar("accuracy", network.score(x_test, y_test), epoch)
    accuracy = network.score(x_test, y_test)
    return {"optimization_target": 1 - accuracy, "accuracy": accuracy}
