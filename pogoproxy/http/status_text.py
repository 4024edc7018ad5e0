"""Reason phrases of statuses, as Go's net/http words them, whatever Python's version does."""

from __future__ import annotations

from http import HTTPStatus

_WORDED_OTHERWISE = {
    413: "Request Entity Too Large",
    414: "Request URI Too Long",
    416: "Requested Range Not Satisfiable",
    418: "I'm a teapot",
    422: "Unprocessable Entity",
}

_TEXTS = {status.value: status.phrase for status in HTTPStatus} | _WORDED_OTHERWISE


def status_text(status: int) -> str:
    """The phrase; nothing for an unknown status."""
    return _TEXTS.get(status, "")
