"""make_data.py FOLDER: diabetes and breast cancer for libsvm; columns, and the target of diabetes, standardised."""
import sys

from sklearn.datasets import load_breast_cancer, load_diabetes


def standardised(column):
    return (column - column.mean(axis=0)) / column.std(axis=0)


def write(path, x, y):
    with open(path, "w") as out:
        for row, target in zip(standardised(x), y):
            out.write(f"{target:.6g} " + " ".join(f"{i}:{value:.6g}" for i, value in enumerate(row, 1)) + "\n")


folder = sys.argv[1]
x, y = load_diabetes(return_X_y=True, scaled=False)
write(f"{folder}/diabetes_scale", x, standardised(y))
x, y = load_breast_cancer(return_X_y=True)
write(f"{folder}/cancer_scale", x, 2 * y - 1)
