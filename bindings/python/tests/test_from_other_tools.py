"""What docs/from-other-tools.md shows is run."""
import re
import shutil
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PAGE = HERE.parents[2] / "docs" / "from-other-tools.md"


@pytest.mark.skipif(not PAGE.exists(), reason="the documents are not beside the package")
def test_the_page_shows_what_works(tmp_path, monkeypatch, capsys):
    pytest.importorskip("sklearn", reason='pip install "./bindings/python[sklearn]"')
    pytest.importorskip("ConfigSpace", reason='pip install "./bindings/python[configspace]"')
    monkeypatch.chdir(tmp_path)
    shutil.copy(HERE / "samples" / "optuna.journal", "study.journal")
    shutil.copytree(HERE / "samples" / "smac", "smac")
    examples = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert len(examples) == 5
    names: dict[str, object] = {}
    for example in examples:
        exec(compile(example, str(PAGE), "exec"), names)
    printed = capsys.readouterr().out
    assert re.search("degree: .*when: .*kernel.*poly", printed)
    assert "imported 13 runs into the experiment 'svm-imported'" in printed
    assert "imported 16 runs into the experiment 'svm-smac'" in printed
