from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from cryptography import x509

from pogoproxy.errors import ConfigError, RuntimeFault
from pogoproxy.tls.authority import Authority, KeyPair
from pogoproxy.tls.issuing import keys
from pogoproxy.tls.issuing.authority import LocalAuthority
from pogoproxy.tls.keeping.files import FileStorage
from tests.tls.certificates import make


async def opened(folder: Path, config: Authority | None = None) -> LocalAuthority:
    authority = LocalAuthority("local", config or Authority(), FileStorage(folder))
    await authority.open()
    return authority


async def test_root_and_intermediate_are_made_once(tmp_path: Path):
    first, second = await opened(tmp_path), await opened(tmp_path)
    assert first.root.certificate == second.root.certificate
    assert first.intermediate.certificate == second.intermediate.certificate
    first.intermediate.certificate.verify_directly_issued_by(first.root.certificate)


@pytest.mark.parametrize("kind", ["p256", "p384", "rsa2048", "ed25519"])
async def test_a_signed_certificate_belongs_to_the_chain(tmp_path: Path, kind: str):
    authority = await opened(tmp_path)
    chain = x509.load_pem_x509_certificates(authority.sign(("a.internal",), keys.make(kind).public_key()).encode())
    leaf, intermediate = chain
    leaf.verify_directly_issued_by(intermediate)
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    assert names.value.get_values_for_type(x509.DNSName) == ["a.internal"]
    assert names.critical  # there is no subject
    lifetime = leaf.not_valid_after_utc - leaf.not_valid_before_utc
    assert lifetime == datetime.timedelta(hours=12)


async def test_nothing_outlives_what_signed_it(tmp_path: Path):
    authority = await opened(tmp_path)
    signed = authority.sign(("a",), keys.make().public_key(), lifetime=365 * 86400)
    leaf = x509.load_pem_x509_certificate(signed.encode())
    assert leaf.not_valid_after_utc == authority.intermediate.certificate.not_valid_after_utc


async def test_the_root_may_sign_by_itself(tmp_path: Path):
    authority = await opened(tmp_path)
    signed = authority.sign(("a",), keys.make().public_key(), with_root=True)
    (leaf,) = x509.load_pem_x509_certificates(signed.encode())
    leaf.verify_directly_issued_by(authority.root.certificate)


async def test_the_intermediate_is_renewed_and_the_root_stays(tmp_path: Path):
    authority = await opened(tmp_path)
    later = authority.intermediate.certificate.not_valid_after_utc - datetime.timedelta(days=1)
    assert not authority.is_renewal_due()
    assert authority.is_renewal_due(later)


async def test_names_are_configured(tmp_path: Path):
    authority = await opened(tmp_path, Authority(name="Acme", root_common_name="{pki.ca.name} Root"))
    assert authority.root.certificate.subject.rfc4514_string() == "CN=Acme Root"


async def test_an_intermediate_must_end_before_its_root(tmp_path: Path):
    with pytest.raises(ConfigError, match="shorter"):
        await opened(tmp_path, Authority(intermediate_lifetime="999999h"))


async def test_a_given_root_is_used(tmp_path: Path):
    root = make("root", is_authority=True, days=365)
    certificate, key = root.write(tmp_path, "root")
    pair = KeyPair(certificate=str(certificate), private_key=str(key))
    authority = await opened(tmp_path / "data", Authority(root=pair))
    assert authority.root.certificate == root.certificate
    authority.intermediate.certificate.verify_directly_issued_by(root.certificate)
    with pytest.raises(RuntimeFault, match="no such file"):
        await opened(tmp_path / "data", Authority(root=KeyPair(certificate="nowhere", private_key="nowhere")))
