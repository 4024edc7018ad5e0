"""What children are told: their orders once, and their role's standing state, the last one of which always counts."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from .channel import Channel


class Outbox:
    """Sends in the background, since a child may read late; each channel keeps its order."""

    def __init__(self) -> None:
        self._standing: dict[str, bytes] = {}
        self._sending: set[asyncio.Task[None]] = set()

    def welcome(self, channel: Channel, role: str, orders: bytes | None) -> None:
        """Tell a new child its orders, unless it has them already, and what stands for its role."""
        for message in (orders, self._standing.get(role)):
            if message is not None:
                self.send(channel, message)

    def tell(self, role: str, state: bytes, channels: Iterable[Channel]) -> None:
        """Tell the children of a role, and those that are yet to come."""
        self._standing[role] = state
        for channel in channels:
            self.send(channel, state)

    def forget(self, role: str) -> None:
        """The role is gone."""
        self._standing.pop(role, None)

    def send(self, channel: Channel, message: bytes) -> None:
        """Send one message to one child."""
        sending = asyncio.create_task(channel.send(message))
        self._sending.add(sending)
        sending.add_done_callback(self._sending.discard)
