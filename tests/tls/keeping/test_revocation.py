from __future__ import annotations

import contextlib

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given
from hypothesis import strategies as st

from pogoproxy.tls.keeping.certificate import parse
from pogoproxy.tls.keeping.revocation import NoStatus, Status, fetched, read
from tests.tls.certificates import Made, make
from tests.tls.responder import answer, responding

AUTHORITY = make("authority", is_authority=True)
LEAF = make("a.example.com", issuer=AUTHORITY)


def status(said: bytes, leaf: Made = LEAF) -> Status:
    return read(said, leaf.certificate, AUTHORITY.certificate)


def test_a_certificate_is_good_until_its_issuer_says_otherwise():
    assert status(answer(LEAF, AUTHORITY)) == Status(False)
    assert status(answer(LEAF, AUTHORITY, is_revoked=True)) == Status(True)


def test_a_key_that_somebody_has_is_told_apart():
    said = answer(LEAF, AUTHORITY, is_revoked=True, reason=x509.ReasonFlags.key_compromise)
    assert status(said) == Status(True, is_key_compromised=True)


def test_the_issuer_may_have_somebody_answer_for_it():
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING])
    delegate = make("responder", issuer=AUTHORITY, extensions=(usage,))
    assert status(answer(LEAF, AUTHORITY, is_revoked=True, signer=delegate)).is_revoked


STRANGER = make("authority", is_authority=True)


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(answer(LEAF, AUTHORITY, is_revoked=True, signer=STRANGER), id="signed by somebody else"),
        pytest.param(answer(LEAF, AUTHORITY, is_revoked=True, signer=LEAF), id="signed by one who may not"),
        pytest.param(answer(make("b", issuer=AUTHORITY), AUTHORITY, is_revoked=True), id="of another certificate"),
        pytest.param(answer(LEAF, AUTHORITY, is_revoked=True, age=2), id="too old"),
        pytest.param(answer(LEAF, AUTHORITY, is_revoked=True, age=-1), id="of tomorrow"),
        pytest.param(bytes.fromhex("30030a0106"), id="unauthorized"),
    ],
)
def test_an_answer_that_proves_nothing_is_not_believed(said: bytes):
    with pytest.raises(NoStatus):
        status(said)


@given(st.binary(max_size=200), st.integers(0, 300))
def test_whatever_comes_is_read_or_refused(junk: bytes, at: int):
    whole = answer(LEAF, AUTHORITY)
    for said in (junk, whole[:at] + junk + whole[at + len(junk) :]):
        with contextlib.suppress(NoStatus, ValueError):
            assert not status(said).is_revoked


def test_a_responder_is_asked():
    with responding() as responder:
        leaf = make("a.example.com", issuer=AUTHORITY, extensions=(responder.extension,))
        assert parse(leaf.pem, leaf.key_pem).responder == responder.url
        responder.answers[leaf.certificate.serial_number] = answer(leaf, AUTHORITY, is_revoked=True)
        assert fetched(leaf.pem + AUTHORITY.pem, responder.url).is_revoked


@pytest.mark.parametrize("chain", [LEAF.pem, LEAF.pem + AUTHORITY.pem])
def test_a_responder_that_knows_nothing_or_an_issuer_that_nobody_knows_is_no_answer(chain: str):
    with responding() as responder, pytest.raises(NoStatus):
        fetched(chain, responder.url)
