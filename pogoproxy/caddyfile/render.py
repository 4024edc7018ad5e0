"""Mistakes as text: Caddy's sentence, then the place, the source line and a caret, the import chain, a hint."""

from __future__ import annotations

from ..errors import ConfigError, ConfigErrors


def render(wrong: ConfigError | ConfigErrors) -> str:
    """The text for a terminal, without a final newline."""
    mistakes = wrong.mistakes if isinstance(wrong, ConfigErrors) else (wrong,)
    return "\n\n".join(_one(mistake) for mistake in mistakes)


def _one(mistake: ConfigError) -> str:
    lines = [f"Error: {sentence(mistake)}"]
    if mistake.hint:
        lines.append(f"hint: {mistake.hint}")
    return "\n".join(lines)


def sentence(mistake: ConfigError) -> str:
    """The first line as Caddy words it: the message with its place, which it may already carry in front."""
    span = mistake.span
    if span is None:
        return f"{mistake.path}: {mistake.message}" if mistake.path else mistake.message
    place = f"{span.file}:{span.line}"
    if mistake.message.startswith(f"{place}: "):
        return mistake.message
    imports = "','".join(span.imports)
    chain = f" import chain ['{imports}']" if imports else ""
    return f"{mistake.message}, at {place}{chain}"
