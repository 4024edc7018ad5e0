"""`pogoproxy completion SHELL`: a script that teaches a shell our commands and flags."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass

NAME = "completion"
HELP = "Print the completion script for a shell"

_BASH = """\
_pogoproxy() {{
    local current=${{COMP_WORDS[COMP_CWORD]}}
    if [[ $COMP_CWORD -eq 1 ]]; then
        COMPREPLY=($(compgen -W '{commands}' -- "$current"))
        return
    fi
    local flags=
    case ${{COMP_WORDS[1]}} in
{cases}
    esac
    if [[ $current == -* ]]; then
        COMPREPLY=($(compgen -W "$flags" -- "$current"))
    fi
}}
complete -o default -F _pogoproxy pogoproxy
"""
_ZSH = """\
#compdef pogoproxy
_pogoproxy() {{
    local -a commands
    commands=({commands})
    if (( CURRENT == 2 )); then
        _describe command commands
        return
    fi
    case $words[2] in
{cases}
    esac
    _files
}}
compdef _pogoproxy pogoproxy
"""


@dataclass(frozen=True, slots=True)
class Described:
    """A command as a shell sees it: its help and its flags with theirs."""

    help: str
    flags: Mapping[str, str]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The shell."""
    parser.add_argument("shell", choices=sorted(SHELLS), metavar="SHELL", help="bash, zsh or fish")


def run(args: argparse.Namespace) -> int:
    """Print the script."""
    print(SHELLS[args.shell](describe()), end="")
    return 0


def describe() -> dict[str, Described]:
    """All commands by name, from their parsers."""
    from . import command_names, load_command

    described = {}
    for command in map(load_command, command_names()):
        parser = argparse.ArgumentParser(prog=command.NAME)
        command.add_arguments(parser)
        flags = {
            flag: (action.help or "").replace("%%", "%") for action in parser._actions for flag in action.option_strings
        }
        described[command.NAME] = Described(command.HELP, flags)
    return described


def bash(commands: Mapping[str, Described]) -> str:
    """For bash: commands, flags, and else file names."""
    cases = "\n".join(f"        {name}) flags='{' '.join(command.flags)}' ;;" for name, command in commands.items())
    return _BASH.format(commands=" ".join(commands), cases=cases)


def zsh(commands: Mapping[str, Described]) -> str:
    """For zsh: the same, with their helps."""
    names = " ".join(_quoted(f"{name}:{command.help}") for name, command in commands.items())
    cases = "\n".join(
        f"        {name}) _arguments -S {' '.join(_quoted(flag) for flag in command.flags)} '*:file:_files'; return ;;"
        for name, command in commands.items()
    )
    return _ZSH.format(commands=names, cases=cases)


def fish(commands: Mapping[str, Described]) -> str:
    """For fish: one line a command and a flag."""
    lines = [
        f"complete -c pogoproxy -n __fish_use_subcommand -f -a {name} -d {_quoted(command.help)}"
        for name, command in commands.items()
    ]
    lines += [
        f"complete -c pogoproxy -n '__fish_seen_subcommand_from {name}' {_fish_flag(flag)} -d {_quoted(text)}"
        for name, command in commands.items()
        for flag, text in command.flags.items()
    ]
    return "\n".join(lines) + "\n"


def _fish_flag(flag: str) -> str:
    return f"-l {flag[2:]}" if flag.startswith("--") else f"-s {flag[1:]}"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


SHELLS = {"bash": bash, "zsh": zsh, "fish": fish}
