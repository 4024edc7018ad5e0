"""Placeholder shorthands: `{host}` for `{http.request.host}`, in every word of a site."""

from __future__ import annotations

import re
from dataclasses import replace

from ..caddyfile.tree import Segment, Word

_REQUEST = """
    host=host hostport=hostport port=port method=method uri=uri scheme=scheme uuid=uuid
    orig_method=orig_method orig_uri=orig_uri orig_path=orig_uri.path orig_dir=orig_uri.path.dir
    orig_file=orig_uri.path.file orig_query=orig_uri.query orig_?query=orig_uri.prefixed_query
    %uri=uri_escaped path=uri.path %path=uri.path_escaped dir=uri.path.dir file=uri.path.file
    query=uri.query %query=uri.query_escaped ?query=uri.prefixed_query
    remote=remote remote_host=remote.host remote_port=remote.port
    tls_cipher=tls.cipher_suite tls_version=tls.version tls_client_fingerprint=tls.client.fingerprint
    tls_client_issuer=tls.client.issuer tls_client_serial=tls.client.serial tls_client_subject=tls.client.subject
    tls_client_certificate_pem=tls.client.certificate_pem
    tls_client_certificate_der_base64=tls.client.certificate_der_base64
"""
"""What stands for a value of the request: the shorthand, and its name below `http.request`."""

SHORTHANDS = {
    **{f"{{{short}}}": f"{{http.request.{long}}}" for short, long in (pair.split("=") for pair in _REQUEST.split())},
    "{upstream_hostport}": "{http.reverse_proxy.upstream.hostport}",
    "{client_ip}": "{http.vars.client_ip}",
}
"""The shorthands without a parameter."""

FAMILIES = {
    "header": "http.request.header",
    "cookie": "http.request.cookie",
    "labels": "http.request.host.labels",
    "path": "http.request.uri.path",
    "file": "http.request.uri.path.file",
    "query": "http.request.uri.query",
    "re": "http.regexp",
    "vars": "http.vars",
    "rp": "http.reverse_proxy",
    "resp": "http.intercept",
    "err": "http.error",
    "file_match": "http.matchers.file",
}
"""The shorthands that end in a parameter: `{header.User-Agent}`."""

_DOTTED = frozenset({"re", "rp", "resp", "err"})
"""Those whose parameter may have dots of its own."""

_SIMPLE = re.compile("|".join(map(re.escape, SHORTHANDS)))
_PARAMETERIZED = re.compile(
    rf"\{{({'|'.join(sorted(FAMILIES.keys() - _DOTTED))})\.([\w-]*)\}}"
    rf"|\{{({'|'.join(sorted(_DOTTED))})\.([\w.-]*)\}}",
    re.ASCII,
)


def spelled_out(text: str) -> str:
    """The text with all shorthands replaced."""
    if "{" not in text:
        return text
    return _PARAMETERIZED.sub(_family, _SIMPLE.sub(lambda found: SHORTHANDS[found[0]], text))


def _family(found: re.Match[str]) -> str:
    return f"{{{FAMILIES[found[1] or found[3]]}.{found[2] if found[1] else found[4]}}}"


def shorthand_of(text: str) -> str | None:
    """The shorthand whose long form this text has; None if it has none. For names that a user may not give."""
    return _SHORT_BY_LONG.get(text.strip("{}"))


_SHORT_BY_LONG = {long.strip("{}"): short for short, long in SHORTHANDS.items()}


def expanded(segments: tuple[Segment, ...]) -> tuple[Segment, ...]:
    """The segments with the shorthands in every word spelled out."""
    return tuple(_expanded(segment) for segment in segments)


def _expanded(segment: Segment) -> Segment:
    words = tuple(map(_word, segment.words))
    block = None if segment.block is None else expanded(segment.block)
    return segment if words == segment.words and block == segment.block else replace(segment, words=words, block=block)


def _word(word: Word) -> Word:
    text = spelled_out(word.text)
    return word if text == word.text else word.with_text(text)
