"""`pogoproxy fmt` with its flags and exit statuses."""

import io
from pathlib import Path
from types import SimpleNamespace

import pytest

from pogoproxy.cli import main

LOOSE = "a {\n    b\n}\n"
NEAT = "a {\n\tb\n}\n"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Caddyfile in the working directory that is not laid out."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "Caddyfile"
    path.write_text(LOOSE)
    return path


def test_it_prints_the_layout_and_fails_if_that_differs(site: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["fmt"]) == 1
    shown = capfd.readouterr()
    assert shown.out == NEAT
    assert shown.err == "Error: Caddyfile:2: Caddyfile input is not formatted; use --overwrite to format it\n"
    assert site.read_text() == LOOSE


def test_it_overwrites_the_file(site: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["fmt", "--overwrite", str(site)]) == 0
    assert site.read_text() == NEAT
    assert main(["fmt", "-c", str(site)]) == 0
    assert capfd.readouterr().out == NEAT


def test_it_shows_what_would_change(site: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["fmt", "--diff"]) == 1
    assert capfd.readouterr().out == "  a {\n-     b\n+ \tb\n  }\n  \n"


def test_standard_input_is_only_printed(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(LOOSE.encode())))
    assert main(["fmt", "-"]) == 0
    assert capfd.readouterr().out == NEAT


def test_a_missing_file_is_one_clear_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["fmt"]) == 1
    assert capsys.readouterr().err == "Error: Caddyfile does not exist\n"


def test_two_files_are_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["fmt", "a", "-c", "b"])
    assert left.value.code == 2
    assert "one file at a time" in capsys.readouterr().err
