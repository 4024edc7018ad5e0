"""environ, build-info, hash-password and completion."""

import io
import json
import subprocess
from pathlib import Path

import bcrypt
import pytest

from pogoproxy.cli import command_names, main
from pogoproxy.cli.completion import SHELLS


def test_environ_adds_an_envfile(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAKEN", "old")
    path = tmp_path / ".env"
    path.write_text("TAKEN=new\nADDED=1\n")
    assert main(["environ", "--envfile", str(path)]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert "ADDED=1" in shown
    assert "TAKEN=old" in shown


def test_build_info_lists_what_we_stand_on(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["build-info"]) == 0
    shown = capsys.readouterr().out
    assert "mod\tpogoproxy\tv" in shown
    assert "dep\tlark\t" in shown
    assert "hypothesis" not in shown


def test_a_hashed_password_is_one_that_bcrypt_accepts(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["hash-password", "--plaintext", "hiccup", "--bcrypt-cost", "4"]) == 0
    hashed = capsys.readouterr().out.strip()
    assert hashed.startswith("$2a$04$")
    assert bcrypt.checkpw(b"hiccup", hashed.encode())


def test_a_password_is_read_from_standard_input(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("hiccup\n"))
    assert main(["hash-password", "--bcrypt-cost", "4"]) == 0
    assert bcrypt.checkpw(b"hiccup", capsys.readouterr().out.strip().encode())


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("", "plaintext is required"),
        ("x" * 73, "bcrypt: password length exceeds 72 bytes"),
        ("a\0b", "a password cannot hold a NUL byte"),
    ],
)
def test_a_password_that_cannot_be_hashed_is_refused(
    password: str, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["hash-password", "-p", password]) == 1
    assert capsys.readouterr().err == f"Error: {reason}\n"


@pytest.mark.parametrize("shell", SHELLS)
def test_a_completion_script_knows_every_command(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert all(name in script for name in command_names())
    assert "overwrite" in script


def test_bash_completes_commands_and_flags(capsys: pytest.CaptureFixture[str]) -> None:
    main(["completion", "bash"])
    script = capsys.readouterr().out
    for typed, expected in (("pogoproxy vers", "version"), ("pogoproxy fmt --ov", "--overwrite")):
        words = typed.split()
        call = f"COMP_WORDS=({typed}); COMP_CWORD={len(words) - 1}; _pogoproxy; echo ${{COMPREPLY[@]}}"
        done = subprocess.run(["bash", "-c", script + call], capture_output=True, text=True, timeout=30, check=True)
        assert done.stdout == f"{expected}\n"


def test_list_modules_names_handlers_and_matchers(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list-modules"]) == 0
    *names, _, summary = capsys.readouterr().out.splitlines()
    assert names == sorted(names)
    assert {"http.handlers.static_response", "http.matchers.path"} <= set(names)
    assert summary == f"  Standard modules: {len(names)}"


def test_list_modules_in_json_says_version_and_package(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list-modules", "--json"]) == 0
    first = json.loads(capsys.readouterr().out)[0]
    assert first["module_type"] == "standard"
    assert first["package_url"] == "pogoproxy"


def test_list_modules_without_the_standard_ones_lists_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list-modules", "--skip-standard", "--versions"]) == 0
    assert capsys.readouterr().out == "\n  Standard modules: 0\n"
