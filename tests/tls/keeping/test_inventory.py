from __future__ import annotations

import time

from pogoproxy.tls.connection import CertificateSelection
from pogoproxy.tls.keeping.certificate import Certificate, parse
from pogoproxy.tls.keeping.inventory import Inventory, patterns, selector, without_covered
from tests.tls.certificates import make


def certificate(*names: str, days: float = 30, tags: tuple[str, ...] = ()) -> Certificate:
    made = make(*names, days=days)
    return parse(made.pem, made.key_pem, tags=tags)


def found(inventory: Inventory, name: str, selection: CertificateSelection | None = None) -> tuple[Certificate, ...]:
    return inventory.find(name, selector(selection), time.time())


def test_wildcards_stand_for_leading_labels():
    assert list(patterns("a.b.c")) == ["a.b.c", "*.b.c", "*.*.c", "*.*.*"]


def test_a_wildcard_makes_certificates_for_its_names_needless():
    names = ["a.w.internal", "*.w.internal", "a.b.w.internal", "w.internal", "a.v.internal"]
    assert without_covered(names, ["*.v.internal"]) == ["*.w.internal", "a.b.w.internal", "w.internal"]


def test_an_exact_name_comes_before_a_wildcard():
    inventory, wild, exact = Inventory(), certificate("*.example.com"), certificate("a.example.com")
    inventory.add(wild)
    inventory.add(exact)
    assert found(inventory, "a.example.com") == (exact,)
    assert found(inventory, "b.example.com") == (wild,)
    assert found(inventory, "a.b.example.com") == ()


def test_of_two_the_one_that_lasts_longer_is_served():
    inventory, short, long = Inventory(), certificate("a"), certificate("a", days=60)
    inventory.add(long)
    inventory.add(short)
    assert found(inventory, "a") == (long,)


def test_what_has_expired_is_served_only_if_there_is_nothing_better():
    inventory, old = Inventory(), certificate("a", days=-0.5)
    inventory.add(old)
    assert found(inventory, "a") == (old,)
    fresh = certificate("a")
    inventory.add(fresh)
    assert found(inventory, "a") == (fresh,)


def test_a_policy_selects_by_tag_and_serial():
    inventory, one, other = Inventory(), certificate("a", tags=("one",)), certificate("a", tags=("other",), days=60)
    inventory.add(one)
    inventory.add(other)
    assert found(inventory, "a", CertificateSelection(any_tag=("one", "none"))) == (one,)
    assert found(inventory, "a", CertificateSelection(serial_number=(str(one.serial),))) == (one,)
    assert found(inventory, "a", CertificateSelection(all_tags=("one", "other"))) == ()


def test_what_is_removed_is_gone():
    inventory, one = Inventory(), certificate("a", "b")
    inventory.add(one)
    assert list(inventory) == [one]
    inventory.remove(one)
    assert list(inventory) == []
    assert not inventory.covers("a")


def test_a_key_is_in_no_repr():
    one = certificate("a")
    assert "PRIVATE" not in repr(one)
