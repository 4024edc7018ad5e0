from __future__ import annotations

from pogoproxy.admin.secrets import HIDDEN, hidden


def test_keys_are_not_shown():
    key = "-----BEGIN EC PRIVATE KEY-----\nabc\n-----END EC PRIVATE KEY-----\n"
    tree = {"certificates": {"load_pem": [{"certificate": "c", "key": key}]}, "external_account": {"mac_key": "m"}}
    assert hidden(tree) == {
        "certificates": {"load_pem": [{"certificate": "c", "key": HIDDEN}]},
        "external_account": {"mac_key": HIDDEN},
    }


def test_everything_else_is():
    tree = {"key": "/path/to.key", "list": [1, None, True], "mac_key": ""}
    assert hidden(tree) == tree
