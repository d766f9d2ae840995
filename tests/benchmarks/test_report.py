"""RESULTS.md keeps what this machine has not measured."""

from pathlib import Path

import pytest

from benchmarks import report


def test_results_replace_their_section_and_leave_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "RESULTS", tmp_path)
    path = tmp_path / "RESULTS.md"
    path.write_text("# Benchmarks\n\n## Kept\n\nas it was\n\n## Again\n\nstale\n", encoding="utf-8")
    result = {"title": "Again", "about": "new", "columns": ["a"], "rows": [[1]], "bars": []}
    report.save("again", result)
    text = report.write_results(("again", "never ran"), path).read_text(encoding="utf-8")
    assert "as it was" in text
    assert "stale" not in text
    assert text.index("## Kept") < text.index("## Again") < text.index("new")
    assert report.write_results(("again",), path).read_text(encoding="utf-8") == text
