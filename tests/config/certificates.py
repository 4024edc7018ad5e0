"""Random Caddyfiles about certificates, handshakes and logs. Names in angle brackets as in `caddyfiles`.

Their sites have little else in them, since it is the sites of one file that decide on its policies together.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from random import Random

CHOICES: Mapping[str, Sequence[str]] = {
    "host": (
        "example.com",
        "a.example.com",
        "b.example.com",
        "*.example.com",
        "x.a.example.com",
        "*.*.example.com",
        "localhost",
        "c.localhost",
        "d.internal",
        "e.local",
        "10.0.0.1",
        "1.2.3.4",
        "[::1]",
        "intranet",
        "box.tail.ts.net",
        "*",
    ),
    "sni": ("default_sni", "fallback_sni"),
    "duration": ("1s", "1m30s", "2d", "0"),
    "email": ("me@example.com", "you@example.com"),
    "url": ("https://acme.example.com/dir", "https://ca.internal/acme"),
    "ratio": ("0.5", "0.25"),
    "keytype": ("p256", "rsa2048"),
    "name": ("alpha", "beta"),
    "file": ("a.pem", "b.pem"),
    "chains": ("smallest", "{\n root_common_name A B\n}", "{\n any_common_name C\n}"),
    "issuer": (
        "internal",
        "internal {\n ca <name>\n lifetime <duration>\n sign_with_root\n}",
        "acme",
        "acme <url>",
        "acme {\n email <email>\n eab <name> abc\n disable_http_challenge\n alt_tlsalpn_port 8443\n}",
        "acme {\n dir <url>\n test_dir <url>\n timeout <duration>\n preferred_chains <chains>\n}",
        "acme {\n propagation_timeout -1\n resolvers 1.1.1.1\n dns_ttl <duration>\n distributed false\n profile x\n}",
        "zerossl key",
        "acme {\n trusted_roots <file>\n}",
        "zerossl key {\n alt_http_port 81\n propagation_delay <duration>\n}",
    ),
    "pool": (
        "inline {\n trust_der abc\n trust_der def\n}",
        "file a.pem {\n pem_file b.pem\n}",
        "pki_root <name>",
        "pki_intermediate {\n authority <name>\n}",
        "storage k {\n keys l\n storage file_system /x\n}",
        "http <url> {\n tls {\n insecure_skip_verify\n ca system\n server_name x\n}\n}",
        "system",
        "combined {\n source system\n source pki_root <name>\n}",
    ),
    "leaf": ("leaf file a.pem b.pem", "leaf {\n folder x\n pem y\n file z\n}"),
    "output": (
        "stdout",
        "stderr",
        "discard",
        "net tcp/localhost:1 {\n soft_start\n dial_timeout <duration>\n}",
        "file /l {\n mode 644\n roll_size 10MB\n roll_keep 3\n roll_keep_for 36h\n roll_local_time\n}",
        "file /l {\n roll_disabled\n}",
        "file /l {\n roll_uncompressed\n roll_interval <duration>\n roll_minutes 0,30\n dir_mode 0755\n}",
    ),
    "entries": (
        "console",
        "json {\n time_format iso8601\n message_key m\n level_key <empty>\n time_local\n duration_format ms\n}",
    ),
    "empty": ('""',),
    "format": (
        "<entries>",
        "journald {\n wrap <entries>\n}",
        "append {\n wrap <entries>\n fields {\n a 1\n b <empty>\n}\n c {env.X}\n}",
        "filter {\n wrap <entries>\n fields {\n <filters>\n}\n}",
        "filter {\n <filters>\n}",
    ),
    "filters": (
        "a delete\n b hash\n c replace x\n d rename y\n e ip_mask 16 32",
        "a>b regexp ^x y\n a>b regexp z w\n c regexp q",
        "u query {\n replace a b\n hash c\n delete d\n}\n v cookie {\n delete s\n}\n w set_cookie {\n hash t\n}",
        "a ip_mask {\n ipv4 8\n ipv6 16\n}\n b multi_regexp {\n regexp x y\n}",
    ),
}

TLS: Sequence[str] = (
    "protocols tls1.2 tls1.3",
    "protocols tls1.3",
    "ciphers TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "curves x25519 secp256r1",
    "alpn h2 http/1.1",
    "load certs more",
    "ca <url>",
    "ca_root <file>",
    "key_type <keytype>",
    "eab <name> abc",
    "on_demand",
    "on_demand",
    "reuse_private_keys",
    "insecure_secrets_log /s",
    "renewal_window_ratio <ratio>",
    "issuer <issuer>",
    "issuer <issuer>",
    "get_certificate tailscale",
    "get_certificate http <url>",
    "client_auth {\n mode require\n}",
    "client_auth {\n trust_pool <pool>\n verifier <leaf>\n}",
    "client_auth {\n mode request\n trusted_ca_cert abc\n trusted_leaf_cert def\n}",
    "dns_ttl <duration>",
)

SITE: Sequence[str] = (
    "tls internal",
    "tls {\n issuer internal {\n ca <name>\n}\n}",
    "tls force_automate",
    "tls <email>",
    "tls <file> k.pem",
    "tls {\n<tls>\n}",
    "tls {\n<tls>\n<tls>\n}",
    "tls {\n<tls>\n}",
    "tls {\n<tls>\n<tls>\n<tls>\n}",
    "bind 127.0.0.1",
    "bind ::1 127.0.0.1",
    "acme_server {\n ca <name>\n}",
    "log",
    "log {\n output <output>\n format <format>\n}",
    "log <name> {\n output <output>\n no_hostname\n}",
    "log {\n format <format>\n sampling {\n interval <duration>\n first 1\n thereafter 2\n}\n hostnames a b\n}",
    "respond ok",
)

OPTIONS: Sequence[str] = (
    "acme_ca <url>",
    "acme_ca_root <file>",
    "acme_eab {\n key_id a\n mac_key b\n}",
    "auto_https off",
    "auto_https disable_certs",
    "skip_install_trust",
    "skip_install_trust",
    "cert_issuer <issuer>",
    "cert_issuer <issuer>",
    "cert_lifetime <duration>",
    "default_bind 10.0.0.1",
    "<sni> <host>",
    "ech outer.example.com",
    "email <email>",
    "email <email>",
    "http_port 8080",
    "https_port 8443",
    "key_type <keytype>",
    "local_certs",
    "log {\n output <output>\n format <format>\n level WARN\n}",
    "log <name> {\n include a\n exclude a.b\n output <output>\n}",
    "ocsp_interval <duration>",
    "ocsp_stapling off",
    "on_demand_tls {\n ask <url>\n}",
    "on_demand_tls {\n permission http <url>\n}",
    "pki {\n ca {\n name x\n root_cn y\n root {\n cert a\n key b\n}\n}\n ca <name> {\n renewal_window_ratio 1\n}\n}",
    "preferred_chains <chains>",
    "renew_interval <duration>",
    "renewal_window_ratio <ratio>",
    "storage file_system /s",
    "storage_check off",
    "storage_clean_interval off",
    "storage_clean_interval <duration>",
    "tls_resolvers 1.1.1.1 8.8.8.8",
    "debug",
)

ADDRESSES: Sequence[Sequence[str]] = (
    ("<host>", "<host>", "https://<host>", "<host>", "https://"),
    ("<host>", "<host>"),
    ("<host>:443", ":443"),
    ("<host>:8443", "https://<host>:8443", ":8443"),
    ("<host>:9443", "https://:9443"),
    ("http://<host>",),
    ("http://<host>:8443", "http://<host>:8080"),
)
"""The addresses of one site, of which some are taken.

They share a port: where they do not, Caddy shares the connection policy between servers, and each of these then has
the server names of the last. Ours has its own.
"""


class CertificateAuthor:
    """Writes Caddyfiles about certificates; the same seed writes the same one."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)

    def caddyfile(self) -> str:
        """A file that is valid by the tables, as far as its sites and options do not contradict each other."""
        options = self._some(OPTIONS, 4) if self.random.random() < 0.6 else []
        blocks = [f"{{\n{options}\n}}"] if options else []
        taken: set[str] = set()
        for _ in range(self.random.randint(1, 5)):
            if keys := self._keys(taken):
                blocks.append(f"{', '.join(keys)} {{\n{self._some(SITE, 3)}\n}}")
        return "\n\n".join(blocks) + "\n"

    def _keys(self, taken: set[str]) -> list[str]:
        alike = self.random.choices(ADDRESSES, weights=(4, 4, 2, 4, 4, 1, 1))[0]
        keys = dict.fromkeys(self._filled(self.random.choice(alike)) for _ in range(self.random.choice((1, 1, 2, 3))))
        new = [key for key in keys if key not in taken]
        taken.update(new)
        return new

    def broken(self) -> str:
        """A file with one word taken out, doubled or exchanged."""
        words = re.split(r"([ \n]+)", self.caddyfile())
        at = self.random.randrange(0, len(words), 2)
        words[at] = self.random.choice(("", f"{words[at]} {words[at]}", "{", "}", "zzz", '"', "-1", words[0]))
        return "".join(words)

    def _some(self, table: Sequence[str], most: int) -> str:
        lines = self.random.sample(list(dict.fromkeys(table)), self.random.randint(0, most))
        return "\n".join(self._filled(line) for line in lines)

    def _filled(self, template: str) -> str:
        def fill(found: re.Match[str]) -> str:
            choices = TLS if found[1] == "tls" else CHOICES[found[1]]
            return self._filled(self.random.choice(choices))

        return re.sub(r"<([a-z]+)>", fill, template)
