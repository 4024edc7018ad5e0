"""Verification of clients by their own certificates, and where these are loaded from."""

from __future__ import annotations

import msgspec

from ..adapt.adaptation import Adaptation
from ..caddyfile.cursor import Cursor
from ..module import Module


class ClientVerifier(Module, frozen=True, tag_field="verifier"):
    """Judges a client's certificate after its chain was verified."""

    NAMESPACE = "tls.client_auth.verifier"


class LeafLoader(Module, frozen=True, tag_field="loader"):
    """Loads clients' certificates."""

    NAMESPACE = "tls.leaf_cert_loader"


class LeafFiles(LeafLoader, frozen=True, tag="file"):
    """From PEM files."""

    files: tuple[str, ...] = ()

    @classmethod
    def syntax(cls, cursor: Cursor, adaptation: Adaptation) -> LeafFiles:
        """`file <paths...>`."""
        return cls(files=cursor.texts())


class LeafFolders(LeafLoader, frozen=True, tag="folder"):
    """From the PEM files in folders and their subfolders."""

    folders: tuple[str, ...] = ()

    @classmethod
    def syntax(cls, cursor: Cursor, adaptation: Adaptation) -> LeafFolders:
        """`folder <paths...>`."""
        return cls(folders=cursor.texts())


class LeafPem(LeafLoader, frozen=True, tag="pem"):
    """From PEM in the configuration."""

    certificates: tuple[str, ...] = ()

    @classmethod
    def syntax(cls, cursor: Cursor, adaptation: Adaptation) -> LeafPem:
        """`pem <certificates...>`."""
        return cls(certificates=cursor.texts())


class LeafStorage(LeafLoader, frozen=True, tag="storage"):
    """From a storage; Caddy has no syntax for it in a Caddyfile."""

    certificates: tuple[str, ...] = ()
    storage: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


class LeafVerifier(ClientVerifier, frozen=True, tag="leaf"):
    """Accepts exactly the certificates that its loaders load."""

    leaf_certs_loaders: tuple[msgspec.Raw, ...] = ()

    @classmethod
    def syntax(cls, cursor: Cursor, adaptation: Adaptation) -> LeafVerifier:
        """`leaf <loader> <values...>`, or a loader on each line of a block."""
        if cursor.remaining > 1:
            return cls(leaf_certs_loaders=(adaptation.emit(adaptation.guest(LeafLoader, cursor)),))
        cursor.words()
        loaders = tuple(adaptation.emit(adaptation.named_guest(LeafLoader, line)) for line in cursor.take_block())
        return cls(leaf_certs_loaders=loaders)
