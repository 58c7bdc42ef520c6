"""What the Python page shows is run."""
from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[3] / "docs" / "python.md"


@pytest.mark.skipif(not PAGE.exists(), reason="the documents are not beside the package")
def test_the_page_shows_what_works(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    examples = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert len(examples) == 6
    names: dict[str, object] = {}
    for example in examples:
        exec(compile(example, str(PAGE), "exec"), names)
    printed = capsys.readouterr().out.splitlines()
    assert re.match(r"2\.\d+ \{'C': ", printed[0])
    assert re.match(r"20 [23]\.\d+", printed[20])
    assert "constraints:" in printed
    assert float(printed[-1]) < 1
