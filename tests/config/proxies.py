"""Tables for random Caddyfiles: proxies, PHP, files and compression. Names in angle brackets as in `caddyfiles`."""

from collections.abc import Mapping, Sequence

CHOICES: Mapping[str, Sequence[str]] = {
    "upstreams": (
        "localhost",
        "localhost:8080",
        "10.0.0.1:80 10.0.0.2:80",
        ":8080",
        "[::1]:8080",
        "http://localhost",
        "https://example.com",
        "https://a https://b:8443",
        "h2c://localhost:9000",
        "localhost:8001-8004",
        "unix//run/app.sock",
        "unix+h2c//run/app.sock",
        "tcp4/localhost:80",
        "{env.UPSTREAM}",
        "{env.HOST}:8080",
        "localhost:{env.PORT}",
        "a https://b",
        "",
    ),
    "statuses": ("200", "2xx", "404 5xx", "5xx"),
    "lbpolicy": (
        "random",
        "random_choose 3",
        "round_robin",
        "weighted_round_robin 1 2",
        "least_conn",
        "first",
        "ip_hash",
        "client_ip_hash",
        "uri_hash",
        "query key",
        "query key {\n fallback first\n}",
        "header X-Foo",
        "header X-Foo {\n fallback cookie a b\n}",
        "cookie",
        "cookie <name>",
        "cookie lb secret {\n fallback round_robin\n max_age 1h\n}",
    ),
    "answer": ("", "@good", "@bad"),
}

TRANSPORT: Mapping[str, Sequence[str]] = {
    "buffers": ("read_buffer <size>", "write_buffer <size>", "max_response_header <size>"),
    "timeouts": (
        "read_timeout <duration>",
        "write_timeout <duration>",
        "dial_timeout <duration>",
        "dial_fallback_delay <duration>",
        "response_header_timeout <duration>",
        "expect_continue_timeout <duration>",
    ),
    "proxy_protocol": ("proxy_protocol v1", "proxy_protocol v2"),
    "network_proxy": ("network_proxy none", "network_proxy url http://<host>:3128", "forward_proxy_url http://<host>"),
    "resolvers": ("resolvers 1.1.1.1 8.8.8.8",),
    "tls": (
        "tls",
        "tls_client_auth <name>",
        "tls_client_auth a.pem b.pem",
        "tls_insecure_skip_verify",
        "tls_curves x25519 secp256r1",
        "tls_timeout <duration>",
        "tls_server_name <host>",
        "tls_renegotiation once",
        "tls_except_ports 80 8080",
    ),
    "keepalive": (
        "keepalive off",
        "keepalive <duration>",
        "keepalive_interval <duration>",
        "keepalive_idle_conns <number>",
        "keepalive_idle_conns_per_host <number>",
    ),
    "versions": ("versions 1.1", "versions h2c 2"),
    "compression": ("compression off",),
    "max_conns_per_host": ("max_conns_per_host <number>",),
    "local_address": ("local_address 10.0.0.1",),
}

FASTCGI: Mapping[str, Sequence[str]] = {
    "root": ("root /srv",),
    "split": ("split .php", "split .php .php5"),
    "env": ("env <name> <text>",),
    "resolve_root_symlink": ("resolve_root_symlink",),
    "timeouts": ("dial_timeout <duration>", "read_timeout <duration>", "write_timeout <duration>"),
    "capture_stderr": ("capture_stderr",),
}

SRV: Mapping[str, Sequence[str]] = {
    "service": ("service <name>",),
    "proto": ("proto tcp",),
    "name": ("name <host>",),
    "refresh": ("refresh <duration>", "grace_period <duration>"),
    "resolvers": ("resolvers 1.1.1.1",),
    "dial": ("dial_timeout <duration>", "dial_fallback_delay <duration>"),
}

PROXY: Mapping[str, Sequence[str]] = {
    "to": ("to localhost:8081", "to {env.OTHER}"),
    "dynamic": (
        "dynamic a <host> 80",
        "dynamic a {\n name <host>\n port 80\n versions ipv4 ipv6\n}",
        "dynamic srv <host>",
        "dynamic srv {<srv>}",
        "dynamic multi {\n a <host> 80\n srv {<srv>}\n}",
    ),
    "lb": ("lb_policy <lbpolicy>",),
    "retries": ("lb_retries <number>", "lb_try_duration <duration>", "lb_try_interval <duration>"),
    "retry_match": ("lb_retry_match {\n method POST\n path /a*\n}", "lb_retry_match method PUT"),
    "active": (
        "health_uri /health",
        "health_path /old",
        "health_upstream 127.0.0.1:80",
        "health_method HEAD",
        "health_request_body <text>",
        "health_headers {\n X-A 1 2\n host <host>\n X-A 3\n X-B\n}",
        "health_follow_redirects",
        "health_interval <duration>",
        "health_timeout <duration>",
    ),
    "expected": (
        "health_passes <number>",
        "health_fails <number>",
        "health_status 2xx",
        "health_status 204",
        "health_body <regexp>",
        "health_port 8080",
    ),
    "passive": (
        "fail_duration <duration>",
        "max_fails <number>",
        "unhealthy_request_count <number>",
        "unhealthy_status <statuses>",
        "unhealthy_latency <duration>",
    ),
    "streaming": (
        "flush_interval -1",
        "flush_interval <duration>",
        "request_buffers <size>",
        "response_buffers unlimited",
        "stream_buffer_size <size>",
        "stream_timeout <duration>",
        "stream_close_delay 5",
        "verbose_logs",
    ),
    "trusted_proxies": ("trusted_proxies <ranges>",),
    "up": (
        "header_up Host {upstream_hostport}",
        "header_up <field> <text>",
        "header_up -<field>",
        "header_up +<field> <text>",
        "header_up <field> <regexp> <text>",
        "header_up >X-Late <text>",
    ),
    "down": ("header_down <field> <text>", "header_down -<field>", "header_down <field> <regexp> <text>"),
    "method": ("method <method>",),
    "rewrite": ("rewrite /x?{query}",),
    "transport": ("transport http {<transport>}", "transport http {<transport>}", "transport fastcgi {<fastcgi>}"),
    "responses": (
        "@good status <statuses>\n@bad {\n status 5xx\n header <field> *\n}\nreplace_status @bad 502",
        "@good status 2xx\nhandle_response @good {<directives>}",
        "handle_response {\n copy_response_headers {\n include <field> A\n }\n copy_response <status>\n}",
        "replace_status <status>\nhandle_response {\n copy_response\n}",
    ),
}

PHP: Mapping[str, Sequence[str]] = {
    **FASTCGI,
    "index": ("index off", "index app.php"),
    "try_files": ("try_files <files>", "try_files {path} {path}/index.php =404", "try_files {path} app.php"),
    "up": PROXY["up"],
    "passive": PROXY["passive"],
    "responses": PROXY["responses"],
}

AUTH: Mapping[str, Sequence[str]] = {
    "copy_headers": ("copy_headers A b>C", "copy_headers {\n A\n d>E\n}", "copy_headers x-a>y-b>z"),
    "up": PROXY["up"],
    "method": PROXY["method"],
    "retries": PROXY["retries"],
    "responses": PROXY["responses"],
}

FILES: Mapping[str, Sequence[str]] = {
    "fs": ("fs <name>",),
    "root": ("root /srv",),
    "hide": ("hide .git *.log", "hide Caddy*", "hide ./x"),
    "index": ("index a.html b.html",),
    "browse": ("browse", "browse list.html", "browse {\n sort size desc\n file_limit 10\n reveal_symlinks\n}"),
    "precompressed": ("precompressed", "precompressed gzip br"),
    "status": ("status <status>",),
    "flags": ("disable_canonical_uris", "pass_thru"),
    "etag": ("etag_file_extensions .md5 .sha",),
}

FORMATS: Mapping[str, Sequence[str]] = {
    "gzip": ("gzip", "gzip 6"),
    "zstd": ("zstd", "zstd better", "zstd {\n level fastest\n disable_checksum\n}"),
    "minimum_length": ("minimum_length 100",),
    "match": ("match status 2xx", "match {\n header Content-Type text/*\n status 200 404\n}"),
}

BLOCKS: Mapping[str, Mapping[str, Sequence[str]]] = {
    "proxy": PROXY,
    "transport": TRANSPORT,
    "fastcgi": FASTCGI,
    "srv": SRV,
    "php": PHP,
    "auth": AUTH,
    "serving": FILES,
    "formats": FORMATS,
}
"""Blocks, each of some lines of a table."""

DIRECTIVES: Mapping[str, Sequence[str]] = {
    "encode": ("encode <matcher>", "encode <matcher> gzip", "encode zstd gzip {<formats>}", "encode {<formats>}"),
    "file_server": (
        "file_server <matcher>",
        "file_server <matcher> browse",
        "file_server <matcher> {<serving>}",
    ),
    "forward_auth": (
        "forward_auth <matcher> localhost:9091 {\n uri /verify\n<auth>}",
        "forward_auth https://auth.example.com {\n uri /a?b=c\n<auth>}",
    ),
    "intercept": (
        "intercept <matcher> {\n@good status 2xx\n replace_status @good <status>\n}",
        "intercept {\n@bad status 5xx\n handle_response @bad {<directives>}\n replace_status <status>\n}",
    ),
    "php_fastcgi": (
        "php_fastcgi <matcher> localhost:9000",
        "php_fastcgi <matcher> unix//run/php.sock {<php>}",
        "php_fastcgi localhost:9000 {<php>}",
    ),
    "reverse_proxy": (
        "reverse_proxy <matcher> <upstreams>",
        "reverse_proxy <matcher> <upstreams> {<proxy>}",
        "reverse_proxy <matcher> <upstreams> {<proxy>}",
        "reverse_proxy <matcher> localhost {<proxy>}",
    ),
}
