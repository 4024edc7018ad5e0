"""Random Caddyfiles: valid by the tables below, and broken ones made from them.

A template is text with the names of choices in angle brackets; `<directives>` is a nested block, and so is what
`proxies.BLOCKS` names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from random import Random

from tests.config import proxies

CHOICES: Mapping[str, Sequence[str]] = {
    **proxies.CHOICES,
    "path": ("/", "/a", "/a*", "/a/*", "/ab*", "/b/c", "/B", "*.css", "/x/*/y", "/%41"),
    "matcher": ("", "", "*", "/a", "/a*", "/a/b", "/abc/*", "@one", "@two"),
    "text": ("hello", '"two words"', '`back "tick"`', "{host}", "<b>&</b>", '""', "{header.X-Y}", "é", "a\\b"),
    "status": ("200", "404", "{err.status_code}", "503"),
    "code": ("permanent", "temporary", "html", "301", "401", "{vars.code}"),
    "host": ("example.com", "a.example.com", "*.example.com", "localhost", "xn--80ak6aa92e.com"),
    "field": ("X-Foo", "x-foo", "Server", "Content-Type:", "Ünïcode", "X_Y"),
    "duration": ("1s", "1m30s", "500ms", "2d", "0"),
    "size": ("10MB", "64KiB", "1000", "1.5kb"),
    "number": ("0", "1", "42", "007"),
    "scalar": ("x", "1", "1.5", "true", "false", "1e3", '"1"', "-2", "0x10"),
    "regexp": ("^/a", "(b|c)+", "^[a-z]{2,3}$"),
    "ranges": ("10.0.0.0/8", "private_ranges", "192.168.1.1 ::1"),
    "files": ("{path}", "{path} /index.html", "{path} {path}/ /index.php?{query}", "/a?x /b?y /c"),
    "policy": ("first_exist", "smallest_size", "largest_size", "most_recently_modified", "first_exist_fallback"),
    "method": ("GET", "POST", "get"),
    "name": ("alpha", "beta", "gamma"),
}

MATCHERS: Mapping[str, Sequence[str]] = {
    "client_ip": ("client_ip <ranges>",),
    "expression": ("expression {path}.startsWith('/a')", "expression `path('/a')`"),
    "file": ("file", "file <files>", "file {\n root /srv\n try_files <files>\n try_policy <policy>\n}"),
    "header": ("header <field> <text>", "header !<field>", "header <field> *"),
    "header_regexp": ("header_regexp <field> <regexp>",),
    "host": ("host <host>", "host <host> <host>"),
    "method": ("method <method>", "method <method> <method>"),
    "not": ("not path <path>", "not {\n host <host>\n method <method>\n}"),
    "path": ("path <path>", "path <path> <path>"),
    "path_regexp": ("path_regexp <regexp>", "path_regexp <name> <regexp>"),
    "protocol": ("protocol https", "protocol http/2+"),
    "query": ("query a=b", "query a=* b=c", 'query ""'),
    "remote_ip": ("remote_ip <ranges>",),
    "tls": ("tls", "tls early_data"),
    "vars": ("vars <name> <text>", "vars {path} /a /b"),
    "vars_regexp": ("vars_regexp {path} <regexp>", "vars_regexp <name> {uri} <regexp>"),
}

DIRECTIVES: Mapping[str, Sequence[str]] = {
    **proxies.DIRECTIVES,
    "abort": ("abort <matcher>",),
    "acme_server": ("acme_server <matcher>", "acme_server {\n lifetime <duration>\n allow {\n domains <host>\n }\n}"),
    "basic_auth": ("basic_auth <matcher> {\n bob JDJh\n}", "basic_auth bcrypt realm {\n bob JDJh\n al JDJi\n}"),
    "basicauth": ("basicauth <matcher> {\n bob JDJh\n}",),
    "error": ("error <matcher> <status>", "error <matcher> <text> <status>", "error {\n message <text>\n}"),
    "fs": ("fs <matcher> <name>",),
    "handle": ("handle <matcher> {<directives>}",) * 4,
    "handle_path": ("handle_path /a* {<directives>}", "handle_path /a/* {<directives>}", "handle_path /b {\n}"),
    "header": (
        "header <matcher> <field> <text>",
        "header <matcher> -<field>",
        "header +<field> <text>",
        "header ?<field> <text>",
        "header ><field> <text>",
        "header <field> <regexp> <text>",
        "header <matcher> {\n <field> <text>\n ?<field> <text>\n -<field>\n +<field> <text>\n}",
        "header {\n <field> <text>\n defer\n}",
        "header {\n <field> <text>\n match status 2xx 404\n}",
    ),
    "invoke": ("invoke <matcher> <name>",),
    "log_append": ("log_append <matcher> <name> <text>", "log_append <<name> <text>"),
    "log_name": ("log_name <matcher> <name> <name>",),
    "log_skip": ("log_skip <matcher>",),
    "map": ("map <matcher> {path} {one} {two} {\n /a x y\n ~^/b(.*) $1 -\n /c <scalar>\n default d e\n}",),
    "method": ("method <matcher> <method>",),
    "metrics": ("metrics <matcher>", "metrics {\n disable_openmetrics\n}"),
    "push": ("push <matcher> /a.css", "push {\n GET /a\n /b\n headers {\n <field> <text>\n -<field>\n }\n}"),
    "redir": ("redir <matcher> <text> <code>", "redir <matcher> https://<host>{uri}"),
    "request_body": ("request_body <matcher> {\n max_size <size>\n}",),
    "request_header": ("request_header <matcher> <field> <text>", "request_header -<field>", "request_header +a b"),
    "respond": (
        "respond <matcher> <text>",
        "respond <matcher> <text> <status>",
        "respond <matcher> 204",
        "respond <matcher> 0404",
        "respond <matcher> <text> <number> {\n close\n}",
        "respond 200 {\n body <text>\n}",
    ),
    "rewrite": ("rewrite <matcher> /x?{query}", "rewrite /y", "rewrite * /z"),
    "root": ("root <matcher> /srv", "root /srv", "root * /var"),
    "route": ("route <matcher> {<directives>}",) * 2,
    "skip_log": ("skip_log <matcher>",),
    "templates": ("templates <matcher>", "templates {\n mime text/html\n between << >>\n root /srv\n}"),
    "tracing": ("tracing", "tracing {\n span <name>\n}"),
    "try_files": ("try_files <files>", "try_files <files> {\n policy <policy>\n}"),
    "uri": (
        "uri <matcher> strip_prefix /a",
        "uri <matcher> strip_suffix .html",
        "uri replace a b <number>",
        "uri path_regexp <regexp> <text>",
        "uri query -a",
        "uri query {\n +a b\n c>d\n e f\n g h i\n}",
    ),
    "vars": ("vars <matcher> <name> <scalar>", "vars {\n <name> <scalar>\n b <scalar>\n}"),
}
"""Directives that make routes."""

SITE: Mapping[str, Sequence[str]] = {
    "bind": ("bind 127.0.0.1", "bind 127.0.0.1 ::1", "bind tcp/0.0.0.0", "bind unix//run/x.sock", "bind fd/3"),
    "handle_errors": ("handle_errors <errors> {<directives>}",) * 2,
    "log": ("log", "log <name> {\n level INFO\n}", "log {\n hostnames <host>\n level ERROR\n}"),
}
"""Directives that say something about their site."""

OPTIONS: Mapping[str, Sequence[str]] = {
    "admin": ("admin off", "admin localhost:2020", "admin {\n origins a b\n enforce_origin\n}"),
    "auto_https": ("auto_https off", "auto_https disable_redirects ignore_loaded_certs", "auto_https disable_certs"),
    "debug": ("debug",),
    "default_bind": ("default_bind 127.0.0.1", "default_bind {\n protocols h1 h2\n}"),
    "grace_period": ("grace_period <duration>",),
    "http_port": ("http_port 8080",),
    "https_port": ("https_port 8443",),
    "log": ("log <name> {\n level WARN\n include a\n}",),
    "metrics": ("metrics", "metrics {\n per_host\n}"),
    "persist_config": ("persist_config off",),
    "servers": (
        "servers {\n timeouts {\n read_body <duration>\n idle <duration>\n }\n max_header_size <size>\n}",
        "servers :443 {\n name <name>\n protocols h1 h2\n trusted_proxies static <ranges>\n}",
        "servers {\n client_ip_headers A B\n strict_sni_host\n log_credentials\n 0rtt off\n}",
        "servers {\n listener_wrappers {\n proxy_protocol {\n timeout <duration>\n }\n tls\n }\n}",
    ),
    "shutdown_delay": ("shutdown_delay <duration>",),
}

ERRORS = ("", "404", "4xx 500", "5xx 4xx", "404 410")
ADDRESSES = (
    *CHOICES["host"],
    ":80",
    ":8443",
    "http://<host>",
    "https://<host>:8443",
    "<host>:9000",
    "http://",
    "<host>/sub",
    "[::1]:80",
)


class Author:
    """Writes Caddyfiles; the same seed writes the same one."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)

    def caddyfile(self) -> str:
        """A file that is valid by the tables; its sites may still be in conflict with each other."""
        options = self._some(OPTIONS, 0, 3) if self.random.random() < 0.4 else []
        blocks = [f"{{\n{self._lines(options)}\n}}"] if options else []
        blocks += [f"&({name}) {{\n{self._lines(self._with_definitions(2))}\n}}" for name in CHOICES["name"]]
        addresses = self.random.sample(ADDRESSES, self.random.randint(1, 4))
        while addresses:
            keys = [addresses.pop() for _ in range(min(len(addresses), self.random.choice((1, 1, 1, 2))))]
            blocks.append(f"{self._filled(', '.join(keys))} {{\n{self._site()}\n}}")
        return "\n\n".join(blocks) + "\n"

    def broken(self) -> str:
        """A file with one word taken out, doubled or exchanged."""
        words = re.split(r"([ \n]+)", self.caddyfile())
        at = self.random.randrange(0, len(words), 2)
        words[at] = self.random.choice(("", f"{words[at]} {words[at]}", "{", "}", "zzz", '"', "@nope", words[0]))
        return "".join(words)

    def _site(self) -> str:
        facts = self._some(SITE, 0, 2) if self.random.random() < 0.4 else []
        return self._lines([*facts, *self._with_definitions(4)])

    def _with_definitions(self, most: int) -> list[str]:
        return [self._definition("one"), self._definition("two"), *self._directives(most)]

    def _definition(self, name: str) -> str:
        if self.random.random() < 0.6:
            return f"@{name} {self._one(MATCHERS)}"
        return f"@{name} {{\n{self._lines(self._some(MATCHERS, 1, 3))}\n}}"

    def _directives(self, most: int) -> list[str]:
        return [self._one(DIRECTIVES, most) for _ in range(self.random.randint(0, most))]

    def _some(self, table: Mapping[str, Sequence[str]], least: int, most: int, depth: int = 4) -> list[str]:
        names = self.random.sample(sorted(table), self.random.randint(least, most))
        return [self._filled(self.random.choice(table[name]), depth) for name in names]

    def _one(self, table: Mapping[str, Sequence[str]], most: int = 4) -> str:
        return self._filled(self.random.choice(table[self.random.choice(sorted(table))]), most)

    def _filled(self, template: str, most: int = 4) -> str:
        def fill(found: re.Match[str]) -> str:
            name = found[1]
            if name == "directives":
                return f"\n{self._lines(self._directives(most - 1))}\n" if most > 0 else "\n"
            if name in proxies.BLOCKS:
                return f"\n{self._lines(self._some(proxies.BLOCKS[name], 0, 4, depth=most - 1))}\n"
            choices = ERRORS if name == "errors" else CHOICES.get(name, (found[0],))
            choice = self.random.choice(choices)
            return self._filled(choice) if choice != found[0] else choice

        return re.sub(r"<([a-z]+)>", fill, template)

    def _lines(self, lines: Sequence[str]) -> str:
        return "\n".join(lines)
