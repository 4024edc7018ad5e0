"""The command line as a user meets it, in process."""

import subprocess
import sys

import pytest

from pogoproxy import __version__
from pogoproxy.cli import command_names, load_command, main


def test_version_prints_the_version_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["version"]) == 0
    assert capsys.readouterr().out == f"v{__version__}\n"


def test_version_is_a_flag_too(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["--version"])
    assert left.value.code == 0
    assert capsys.readouterr().out == f"v{__version__}\n"


def test_an_unknown_command_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["no-such-command"])
    assert left.value.code == 2
    assert "version" in capsys.readouterr().err


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["--help"])
    assert left.value.code == 0
    shown = capsys.readouterr().out
    assert all(name in shown for name in command_names())


@pytest.mark.parametrize("name", command_names())
def test_a_command_is_named_after_its_file(name: str) -> None:
    command = load_command(name)
    assert name == command.NAME
    assert command.HELP


def test_version_imports_neither_the_server_nor_the_grammar() -> None:
    """It must answer in milliseconds, so the command line may load nothing heavy on its way."""
    script = (
        "import sys, pogoproxy.cli as c; c.main(['version']); print({'lark', 'aiohttp', 'msgspec'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout.endswith("set()\n")
