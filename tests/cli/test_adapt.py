"""`pogoproxy adapt` and `pogoproxy validate`."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from pogoproxy.cli import main

CADDYFILE = ":8080 {\n\trespond hi\n}\n"
ROUTES = [{"handle": [{"handler": "static_response", "body": "hi"}]}]
CONFIG = {"apps": {"http": {"servers": {"srv0": {"listen": [":8080"], "routes": ROUTES}}}}}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_caddyfile_of_the_folder_is_the_default(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "Caddyfile").write_text(CADDYFILE)
    assert main(["adapt"]) == 0
    assert json.loads(capsys.readouterr().out) == CONFIG


@pytest.mark.parametrize("arguments", [["x.conf"], ["--config", "x.conf"], ["-c", "x.conf", "--adapter", "caddyfile"]])
def test_a_file_is_an_argument_or_a_flag(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    (folder / "x.conf").write_text(CADDYFILE)
    assert main(["adapt", *arguments]) == 0
    assert json.loads(capsys.readouterr().out) == CONFIG


def test_a_dash_is_standard_input(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(CADDYFILE.encode())))
    assert main(["adapt", "-"]) == 0
    assert json.loads(capsys.readouterr().out) == CONFIG


def test_pretty_is_indented_by_tabs(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "Caddyfile").write_text(CADDYFILE)
    assert main(["adapt", "--pretty"]) == 0
    assert capsys.readouterr().out.startswith('{\n\t"apps": {\n\t\t"http": {\n')


def test_json_and_yaml_come_back_as_they_are(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "site.json").write_text(json.dumps(CONFIG))
    assert main(["adapt", "--format", "yaml", "site.json"]) == 0
    (folder / "site.yaml").write_text(capsys.readouterr().out)
    assert main(["adapt", "site.yaml"]) == 0
    assert json.loads(capsys.readouterr().out) == CONFIG


def test_a_mistake_ends_in_status_1_and_nothing_on_stdout(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "Caddyfile").write_text(":8080 {\n\trespnd hi\n}\n")
    assert main(["adapt"]) == 1
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err == (
        "Error: Caddyfile:2: unrecognized directive: respnd\n"
        "  --> Caddyfile:2:2\n"
        "   |\n"
        " 2 |     respnd hi\n"
        "   |     ^^^^^^\n"
        "   = hint: did you mean `respond`?\n"
    )


@pytest.mark.parametrize("arguments", [["missing"], ["--adapter", "json", "Caddyfile"]])
def test_a_file_that_is_missing_or_of_another_kind_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    (folder / "Caddyfile").write_text(CADDYFILE)
    assert main(["adapt", *arguments]) == 1
    assert capsys.readouterr().err.startswith("Error: ")


def test_a_file_that_is_not_formatted_is_warned_of(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "Caddyfile").write_text(":8080 {\nrespond hi\n}\n")
    assert main(["adapt"]) == 0
    assert "Caddyfile input is not formatted; run 'pogoproxy fmt --overwrite'" in capsys.readouterr().err


def test_what_runs_is_valid(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "Caddyfile").write_text(CADDYFILE)
    assert main(["validate"]) == 0
    assert capsys.readouterr().out == "Valid configuration\n"


def test_what_adapts_but_cannot_run_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "Caddyfile").write_text(":8080 {\n\tacme_server\n}\n")
    assert main(["adapt"]) == 0
    assert main(["adapt", "--validate"]) == 1
    assert main(["validate"]) == 1
    assert "directive acme_server is understood but not supported yet, at Caddyfile:2" in capsys.readouterr().err
