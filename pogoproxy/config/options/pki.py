"""`pki { ca [<id>] { name, root_cn, intermediate_cn, … } }`: certificate authorities of our own."""

from __future__ import annotations

from ...adapt.adaptation import Adaptation
from ...adapt.directive import Option
from ...apps.pki import PkiApp
from ...caddyfile.cursor import Cursor
from ...caddyfile.syntax import Row, duration, read_block, text
from ...tls.authority import DEFAULT_AUTHORITY, Authority, KeyPair

_KEY_PAIR = {"cert": Row("certificate", text), "key": Row("private_key", text), "format": Row("format", text)}


def _key_pair(cursor: Cursor) -> KeyPair:
    cursor.finish()
    return KeyPair(**read_block(cursor, _KEY_PAIR, unknown=f"unrecognized pki ca {cursor.name} option '{{}}'"))


def _ratio(cursor: Cursor) -> float:
    word = cursor.word()
    complaint = word.error(f"renewal_window_ratio must be a number in (0, 1], got {word.text}")
    try:
        number = float(word.text)
    except ValueError:
        raise complaint from None
    if not 0 < number <= 1:
        raise complaint
    return int(number) if number == 1 else number  # as Go prints it


_AUTHORITY = {
    "name": Row("name", text),
    "root_cn": Row("root_common_name", text),
    "intermediate_cn": Row("intermediate_common_name", text),
    "intermediate_lifetime": Row("intermediate_lifetime", duration),
    "maintenance_interval": Row("maintenance_interval", duration),
    "renewal_window_ratio": Row("renewal_window_ratio", _ratio),
    "root": Row("root", _key_pair),
    "intermediate": Row("intermediate", _key_pair),
}


def _pki(cursor: Cursor, adaptation: Adaptation) -> PkiApp:
    cursor.finish()
    authorities: dict[str, Authority] = {}
    for line in cursor.block():
        if line.name != "ca":
            raise line.error(f"unrecognized pki option '{line.name}'")
        name = line.maybe()
        line.finish()
        fields = read_block(line, _AUTHORITY, unknown="unrecognized pki ca option '{}'")
        authorities[(name.text if name else "") or DEFAULT_AUTHORITY] = Authority(**fields)
    return PkiApp(certificate_authorities=authorities)


OPTIONS = (Option("pki", _pki),)
