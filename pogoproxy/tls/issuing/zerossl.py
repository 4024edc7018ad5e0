"""Accounts at ZeroSSL, which are bound to what it gives for an e-mail address (RFC 8555 section 7.3.4)."""

from __future__ import annotations

import msgspec
import requests

from ..acme import ExternalAccount
from .issuer import IssuanceError

DIRECTORIES = "https://acme.zerossl.com/"
CREDENTIALS = "https://api.zerossl.com/acme/eab-credentials-email"
_TIMEOUT = 20.0


class _Fault(msgspec.Struct, frozen=True):
    code: int = 0
    type: str = ""


class _Answer(msgspec.Struct, frozen=True):
    success: bool | int = False
    eab_kid: str = ""
    eab_hmac_key: str = ""
    error: _Fault = _Fault()


def external_account(email: str, url: str = CREDENTIALS) -> ExternalAccount:
    """What ZeroSSL gives for the address; IssuanceError if it gives nothing. It blocks."""
    if not email.strip():
        raise IssuanceError("ZeroSSL needs an e-mail address: set `email`")
    try:
        said = requests.post(url, data={"email": email}, timeout=_TIMEOUT)
        answer = msgspec.json.decode(said.content, type=_Answer)
    except (requests.RequestException, msgspec.MsgspecError) as wrong:
        raise IssuanceError(f"no account at ZeroSSL: {wrong}") from None
    if not (answer.eab_kid and answer.eab_hmac_key):
        fault = answer.error
        raise IssuanceError(f"no account at ZeroSSL: {fault.type or said.reason} ({fault.code or said.status_code})")
    return ExternalAccount(key_id=answer.eab_kid, mac_key=answer.eab_hmac_key)
