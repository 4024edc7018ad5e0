from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from pogoproxy.tls.alert import Alert, AlertError
from pogoproxy.tls.connection import ConnectionPolicy, HandshakeMatch
from pogoproxy.tls.connections import ACME_TLS, Policies, Policy
from pogoproxy.tls.handshake import Choice
from pogoproxy.tls.hello import ClientHello
from pogoproxy.tls.keeping.messages import Answer, Ask, AskProof, Given, Pair, Question, Refused
from tests.tls.certificates import make

MADE = make("example.com")
PAIR = Pair(MADE.pem, MADE.key_pem, "f")
LOCAL, REMOTE = ("10.0.0.1", 443), ("192.0.2.1", 5000)


class Scripted:
    """A keeper that has certificates for some names."""

    def __init__(self, *names: str) -> None:
        self.names = names
        self.asked: list[Question] = []

    async def ask(self, question: Callable[[int], Question]) -> Answer:
        asked = question(1)
        self.asked.append(asked)
        match asked:
            case Ask(server_name=name) | AskProof(server_name=name) if name in self.names:
                return Given(1, (PAIR,), is_lasting=True)
        return Refused(1, "nobody", is_lasting=True)


def policies(keeper: Scripted, *configs: ConnectionPolicy) -> Policies:
    rows = [Policy(config, config.alpn or ("h2", "http/1.1")) for config in configs or (ConnectionPolicy(),)]
    return Policies(rows, keeper)  # type: ignore[arg-type]


async def chosen(which: Policies, name: str, alpn: tuple[str, ...] = ()) -> Choice:
    choice = which.choose(ClientHello(name, alpn), LOCAL, REMOTE)
    return choice if not hasattr(choice, "__await__") else await choice  # type: ignore[misc,return-value]


async def refusal(which: Policies, name: str, alpn: tuple[str, ...] = ()) -> Alert:
    with pytest.raises(AlertError) as refused:
        await chosen(which, name, alpn)
    return refused.value.alert


async def test_the_keeper_is_asked_once_for_a_name():
    keeper = Scripted("example.com")
    which = policies(keeper)
    first = await chosen(which, "example.com")
    assert (await chosen(which, "example.com")).context is first.context
    assert len(keeper.asked) == 1
    which.forget()
    assert (await chosen(which, "example.com")).context is first.context
    assert len(keeper.asked) == 2


async def test_an_unknown_name_is_refused_and_remembered_until_something_changes():
    keeper = Scripted()
    which = policies(keeper)
    assert await refusal(which, "else.where") is Alert.UNRECOGNIZED_NAME
    assert await refusal(which, "else.where") is Alert.UNRECOGNIZED_NAME
    assert len(keeper.asked) == 1
    keeper.names = ("else.where",)
    which.forget()
    assert await chosen(which, "else.where")


async def test_the_first_policy_that_fits_counts():
    keeper = Scripted("a.example.com", "b.example.com")
    wild = ConnectionPolicy(match=HandshakeMatch(sni=("*.example.com",)), default_sni="first")
    exact = ConnectionPolicy(match=HandshakeMatch(sni=("b.example.com",)), default_sni="second")
    await chosen(policies(keeper, exact, wild), "b.example.com")
    await chosen(policies(keeper, wild, exact), "b.example.com")
    await chosen(policies(keeper, exact, wild), "a.example.com")
    assert [asked.default for asked in keeper.asked] == ["second", "first", "first"]


async def test_where_no_policy_fits_there_is_no_handshake():
    which = policies(Scripted("a"), ConnectionPolicy(match=HandshakeMatch(sni=("b",))))
    assert await refusal(which, "a") is Alert.INTERNAL_ERROR


async def test_a_policy_may_drop():
    assert await refusal(policies(Scripted("a"), ConnectionPolicy(drop=True)), "a") is Alert.INTERNAL_ERROR


@pytest.mark.parametrize(
    ("field", "value", "fits"),
    [
        ("remote_ip", {"ranges": ["192.0.2.0/24"]}, True),
        ("remote_ip", {"ranges": ["10.0.0.0/8"]}, False),
        ("remote_ip", {"not_ranges": ["192.0.2.0/24"]}, False),
        ("local_ip", {"ranges": ["10.0.0.1"]}, True),
        ("alpn", ["h2"], True),
        ("alpn", ["h3"], False),
        ("sni_regexp", {"pattern": "^exa.*com$"}, True),
        ("sni_regexp", {"pattern": "^else"}, False),
    ],
)
async def test_policies_match_by_more_than_the_name(field: str, value: object, fits: bool):
    match = HandshakeMatch(**{field: msgspec.Raw(msgspec.json.encode(value))})  # type: ignore[arg-type]
    which = policies(Scripted("example.com"), ConnectionPolicy(match=match))
    if fits:
        assert await chosen(which, "example.com", ("h2",))
    else:
        assert await refusal(which, "example.com", ("h2",)) is Alert.INTERNAL_ERROR


async def test_a_client_that_speaks_nothing_we_do_is_told_so():
    assert await refusal(policies(Scripted("a")), "a", ("spdy/3",)) is Alert.NO_APPLICATION_PROTOCOL


async def test_a_challenge_has_its_own_certificate_and_is_answered_only_if_it_is_ours():
    keeper = Scripted("a")
    which = policies(keeper)
    assert await chosen(which, "a", (ACME_TLS,))
    assert isinstance(keeper.asked[0], AskProof)
    assert await refusal(which, "b", (ACME_TLS,)) is Alert.UNRECOGNIZED_NAME


async def test_thousands_of_policies_cost_what_one_costs():
    rows = [ConnectionPolicy(match=HandshakeMatch(sni=(f"host{number}",))) for number in range(5000)]
    which = policies(Scripted("host4999"), *rows)
    assert which._index.candidates("host4999") == [4999]
    assert await chosen(which, "host4999")
