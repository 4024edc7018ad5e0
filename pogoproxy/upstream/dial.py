"""Fresh connections to upstreams: dialed within a deadline, in private where that is wanted."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from ..errors import DialError
from .target import Address

P = TypeVar("P", bound=asyncio.Protocol)


@dataclass(frozen=True, slots=True)
class TLS:
    """How upstreams are spoken to in private; `server_name` is "" for the host that is dialed."""

    context: ssl.SSLContext
    server_name: str = ""
    except_ports: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Dialer:
    """Makes connections. `seconds` bound all of it, the handshake of TLS included."""

    seconds: float = 3.0
    tls: TLS | None = None
    local_address: str = ""

    async def dial(self, address: Address, make: Callable[[], P]) -> P:
        """The protocol that `make` makes, connected; DialError if that does not come about in time."""
        try:
            async with asyncio.timeout(self.seconds):
                return await self._connect(address, make)
        except TimeoutError:
            raise DialError(f"{address}: not connected within {self.seconds:g} s", 504) from None
        except OSError as error:
            raise DialError(f"{address}: {error.strerror or error}") from error

    async def _connect(self, address: Address, make: Callable[[], P]) -> P:
        loop = asyncio.get_running_loop()
        context, name = self._private(address)
        if address.path:
            _, made = await loop.create_unix_connection(make, address.path, ssl=context, server_hostname=name)
        else:
            local = (self.local_address, 0) if self.local_address else None
            _, made = await loop.create_connection(
                make, address.host, address.port, ssl=context, server_hostname=name, local_addr=local
            )
        return made

    def _private(self, address: Address) -> tuple[ssl.SSLContext | None, str | None]:
        if self.tls is None or address.port in self.tls.except_ports:
            return None, None
        return self.tls.context, self.tls.server_name or address.host
