"""The connection policies of a server at work: the first that fits the hello says how the handshake is done."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections import OrderedDict
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field

from ..errors import PogoError
from .alert import Alert, AlertError
from .client_trust import ClientTrust
from .connection import ConnectionPolicy
from .contexts import Contexts, bare, load
from .handshake import Choice
from .handshake_match import Arrival, NameIndex, Predicate, predicates
from .hello import ClientHello
from .keeping.client import KeeperClient
from .keeping.messages import Ask, AskProof, Given, Refused
from .session import Context, Session

log = logging.getLogger(__name__)

ACME_TLS = "acme-tls/1"

_MOST_ANSWERS = 20_000
"""Answers of the keeper that are remembered for each policy, refusals among them."""
_MOST_WAITING = 1000
"""Handshakes that wait for the keeper."""
_WAIT = 60.0
"""Seconds that one of them waits; a certificate on demand takes that long."""


@dataclass(frozen=True)
class Chosen:
    """A policy's context for this handshake, and who may come."""

    context: Context
    trust: ClientTrust | None = None

    def accept(self, session: Session) -> None:
        """See `Choice.accept`."""
        if self.trust is not None:
            self.trust.check(session)


@dataclass
class Policy:
    """A connection policy, ready for handshakes."""

    config: ConnectionPolicy
    alpn: Sequence[str]
    trust: ClientTrust | None = None
    conditions: tuple[Predicate, ...] = field(init=False)
    contexts: Contexts = field(init=False)
    answers: OrderedDict[str, Given | Refused] = field(default_factory=OrderedDict)
    """What the keeper said for server names, until something changes."""

    def __post_init__(self) -> None:
        self.conditions = tuple(predicates(self.config.match))
        self.contexts = Contexts(self.config, self.alpn, self.trust)

    def remember(self, name: str, answer: Given | Refused) -> None:
        """Know the answer for the next handshake."""
        self.answers[name] = answer
        if len(self.answers) > _MOST_ANSWERS:
            self.answers.popitem(last=False)


class Policies:
    """A `Chooser`."""

    def __init__(self, policies: Sequence[Policy], keeper: KeeperClient) -> None:
        self._policies = policies
        self._index = NameIndex([policy.config.match for policy in policies])
        self._keeper = keeper
        self._waiting = 0

    def forget(self) -> None:
        """The keeper has other certificates now."""
        for policy in self._policies:
            policy.answers.clear()

    def choose(self, hello: ClientHello, local: tuple[str, int], remote: tuple[str, int]) -> Choice | Awaitable[Choice]:
        """See `Chooser.choose`."""
        arrival = Arrival(hello, local, remote)
        if ACME_TLS in hello.alpn:
            return self._prove(hello)
        policy = self._policy(arrival)
        if hello.alpn and policy.alpn and {*hello.alpn}.isdisjoint(policy.alpn):
            raise AlertError(Alert.NO_APPLICATION_PROTOCOL, f"none of {', '.join(hello.alpn)} is spoken")
        known = policy.answers.get(hello.server_name or local[0])
        return self._ask(policy, arrival) if known is None else _chosen(policy, known)

    def _policy(self, arrival: Arrival) -> Policy:
        for number in self._index.candidates(arrival.hello.server_name):
            policy = self._policies[number]
            if all(condition(arrival) for condition in policy.conditions):
                if policy.config.drop:
                    raise AlertError(Alert.INTERNAL_ERROR, "dropped by its policy")
                return policy
        raise AlertError(Alert.INTERNAL_ERROR, f"no connection policy for {arrival.hello.server_name!r}")

    async def _ask(self, policy: Policy, arrival: Arrival) -> Choice:
        name = arrival.hello.server_name
        config = policy.config

        def question(number: int) -> Ask:
            return Ask(
                number,
                name,
                arrival.local[0],
                arrival.remote[0],
                config.default_sni,
                config.fallback_sni,
                config.certificate_selection,
            )

        answer = await self._answer(question)
        if answer.is_lasting:
            policy.remember(name or arrival.local[0], answer)
        return _chosen(policy, answer)

    async def _prove(self, hello: ClientHello) -> Choice:
        """Answer a TLS-ALPN-01 challenge (RFC 8737): a certificate made for it, and no other protocol."""
        answer = await self._answer(lambda number: AskProof(number, hello.server_name))
        if isinstance(answer, Refused):
            raise AlertError(Alert.UNRECOGNIZED_NAME, answer.reason)
        context = bare(ConnectionPolicy())
        context.set_alpn_protocols([ACME_TLS])
        load(context, answer.pairs[0])
        return Chosen(context)

    async def _answer(self, question: object) -> Given | Refused:
        if self._waiting >= _MOST_WAITING:
            raise AlertError(Alert.INTERNAL_ERROR, "too many handshakes wait for certificates")
        self._waiting += 1
        try:
            async with asyncio.timeout(_WAIT):
                answer = await self._keeper.ask(question)  # type: ignore[arg-type]
        except (TimeoutError, PogoError) as error:
            raise AlertError(Alert.INTERNAL_ERROR, f"no word from the keeper: {error}") from None
        finally:
            self._waiting -= 1
        assert isinstance(answer, Given | Refused)
        return answer


def _chosen(policy: Policy, answer: Given | Refused) -> Choice:
    if isinstance(answer, Refused):
        raise AlertError(Alert.INTERNAL_ERROR if answer.is_known else Alert.UNRECOGNIZED_NAME, answer.reason)
    try:
        return Chosen(policy.contexts.of(answer.pairs), policy.trust)
    except (ssl.SSLError, PogoError) as wrong:
        log.error("certificate unusable fingerprint=%s error=%s", answer.pairs[0].fingerprint[:12], wrong)
        raise AlertError(Alert.INTERNAL_ERROR, str(wrong)) from None
