"""What the parent tells its fronts and the keeper; apart, since it need not import what they run on."""

from __future__ import annotations

import msgspec

from .config.root import Config


class KeeperOrders(msgspec.Struct, frozen=True):
    """What the keeper is told. `config` is expanded; `names` want certificates that are not loaded already."""

    config: Config
    names: tuple[str, ...]
    listener: int


class Listener(msgspec.Struct, frozen=True, array_like=True):
    """An inherited descriptor, and what is spoken there: TLS or not, and which protocols of HTTP."""

    fd: int
    is_secure: bool
    protocols: tuple[str, ...]


class FrontOrders(msgspec.Struct, frozen=True):
    """What a front is told. `config` is expanded; `grace` is in seconds.

    `listeners` are by server name; `keeper` is the path of the socket where certificates are to be had, if any are
    needed.
    """

    config: Config
    listeners: dict[str, tuple[Listener, ...]]
    grace: float
    keeper: str = ""


class State(msgspec.Struct, frozen=True, tag="state"):
    """What changes in a front's life. `targets` are the socket paths of each app's workers that serve.

    `ends_at` is when it will be told to stop, if that is known: by `time.monotonic()`, one clock for all processes.
    """

    is_serving: bool = False
    targets: dict[str, tuple[str, ...]] = {}
    ends_at: float | None = None
