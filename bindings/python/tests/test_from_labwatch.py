"""What docs/from-labwatch.md shows is run."""
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from needs import needs

needs("sacred")

import labwatch

PAGE = Path(__file__).resolve().parents[3] / "docs" / "from-labwatch.md"

pytestmark = pytest.mark.skipif(not PAGE.exists(), reason="the documents are not beside the package")


def program(folder, store):
    """The page's examples, one behind the other, as the program that they make, with a store of the test."""
    examples = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert len(examples) == 2
    place, end = '"branin", url="localhost"', 'if __name__ == "__main__":\n'
    assert place in examples[0]
    assert end in examples[0]
    first, last = examples[0].replace(place, f"url={store!r}").split(end)
    path = folder / "branin.py"
    path.write_text(f"{first}\n{examples[1]}\n{end}{last}", encoding="utf-8")
    return path


def call(path, *words):
    done = subprocess.run([sys.executable, path.name, *words], cwd=path.parent, env=dict(os.environ), text=True,
                          capture_output=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_the_page_shows_what_works(store, tmp_path):
    path = program(tmp_path, store)
    call(path, "with", "search_space")
    call(path, "with", "network", "net.layers=1")
    call(path, "with", "network", "net.layers=2", "net.rate=0.01")
    with labwatch.Experiment("branin", store=store) as experiment:
        runs = experiment.runs()
        assert [(run.status, run.space) for run in runs] == [
            ("COMPLETED", "search_space"), ("COMPLETED", "network"), ("COMPLETED", "network")]
        assert runs[1].config["net"]["dropout"] == 0.1
        assert runs[1].config["net"]["momentum"] == 0.9
        assert runs[2].config["net"]["dropout"] >= 0.2
        assert runs[2].config["net"]["rate"] == 0.01


def test_what_it_says_to_install_is_this_package():
    """The package index has another program of the name labwatch."""
    for page in (PAGE, PAGE.parents[1] / "examples" / "labwatch" / "README.md"):
        text = page.read_text(encoding="utf-8")
        assert 'pip install "./bindings/python[sacred]"' in text
        assert "pip install labwatch" not in text
