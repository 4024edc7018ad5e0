"""Certificates from files and from the configuration."""

from __future__ import annotations

from collections.abc import Iterator

from ...errors import RuntimeFault
from ..certificates import Certificates
from .certificate import Certificate, parse, split_pem
from .sources import Source


def load(source: Source) -> Certificate:
    """What its files hold; RuntimeFault, with the file's name, if it cannot be loaded."""
    try:
        texts = [path.read_text() for path in source.files]
        chain, key = split_pem(texts[0]) if source.is_bundle else (texts[0], texts[1])
        return parse(chain, key, tags=source.tags)
    except UnicodeDecodeError:
        raise RuntimeFault(f"{source.certificate}: not a certificate and key in PEM") from None
    except RuntimeFault as wrong:
        raise RuntimeFault(f"{source.certificate}: {wrong}") from None
    except OSError as error:
        raise RuntimeFault(f"{error.filename}: {(error.strerror or '').lower()}") from None


def from_config(config: Certificates) -> Iterator[Certificate]:
    """Those that stand in the configuration itself; RuntimeFault if one is broken."""
    for pair in config.load_pem:
        yield parse(pair.certificate, pair.key, tags=pair.tags)
