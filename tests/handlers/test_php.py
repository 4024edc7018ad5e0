"""PHP: the front controller of `php_fastcgi` and `php_server`, the handler `php`, and the option `frankenphp`."""

from typing import Any

import msgspec
import pytest

from pogoproxy.config.adapt import adapt
from pogoproxy.errors import ConfigError
from pogoproxy.standard import LANGUAGE
from tests.adapted import handler, mistakes, routes


def steps(body: str) -> list[str]:
    """The handlers of a site's routes in their order."""
    return [handle["handler"] for route in routes(body) for handle in route["handle"]]


def tries(body: str) -> dict[str, Any]:
    """The file matcher of the route that rewrites."""
    (route,) = [route for route in routes(body) if route["handle"][0]["handler"] == "rewrite"]
    found: dict[str, Any] = route["match"][0]["file"]
    return found


def test_a_php_site_is_a_redirect_a_rewrite_php_and_files() -> None:
    assert steps("php_server") == ["static_response", "rewrite", "php", "file_server"]
    assert steps("php_fastcgi localhost:9000") == ["static_response", "rewrite", "reverse_proxy"]


def test_without_an_index_only_php_files_are_led_away() -> None:
    assert steps("php_fastcgi localhost:9000 {\nindex off\n}") == ["reverse_proxy"]
    assert steps("php_server {\nindex off\nfile_server off\n}") == ["php"]


def test_the_redirect_goes_with_the_index_of_the_folder() -> None:
    assert steps("php_server {\ntry_files {path} app.php\n}") == ["rewrite", "php", "file_server"]
    assert steps("php_server {\ntry_files {path}/index.php app.php\n}")[0] == "static_response"


@pytest.mark.parametrize(
    ("block", "files", "policy"),
    [
        ("", ["{http.request.uri.path}", "{http.request.uri.path}/index.php", "index.php"], "first_exist_fallback"),
        ("file_server off", ["{http.request.uri.path}/index.php", "index.php"], "first_exist_fallback"),
        ("index a.php", ["{http.request.uri.path}", "{http.request.uri.path}/a.php", "a.php"], "first_exist_fallback"),
        ("try_files {path} x.php", ["{http.request.uri.path}", "x.php"], "first_exist_fallback"),
        ("try_files {path} =404", ["{http.request.uri.path}", "=404"], None),
    ],
)
def test_the_files_to_try(block: str, files: list[str], policy: str | None) -> None:
    found = tries(f"php_server {{\n{block}\n}}")
    assert (found["try_files"], found.get("try_policy")) == (files, policy)


def test_a_root_is_for_php_for_files_and_for_matchers() -> None:
    found = routes("php_server {\nroot /srv\n}")
    assert [route["handle"][0].get("root") for route in found] == [None, None, "/srv", "/srv"]
    assert tries("php_server {\nroot /srv\n}")["root"] == "/srv"


def test_a_matcher_puts_all_routes_into_a_subroute() -> None:
    (route,) = routes("php_server /app/*")
    assert route["match"] == [{"path": ["/app/*"]}]
    assert len(route["handle"][0]["routes"]) == 4


def test_a_workers_paths_go_to_it_without_a_look_at_the_disk() -> None:
    found = routes("php_server {\nworker index.php {\nmatch /API/* *\n}\n}")
    assert [route.get("match", [{}])[0].keys() for route in found[:2]] == [{"file", "not"}, {"path"}]
    assert found[1]["match"][0]["path"] == ["*", "*"]


def test_a_worker_is_read_from_its_line_and_its_block() -> None:
    workers = "worker a.php 4\nworker b.php watch\nworker {\nfile c.php\nenv K v\n}"
    (route,) = handler(f"route {{\nphp {{\n{workers}\n}}\n}}")["routes"]
    assert route["handle"][0]["workers"] == [
        {"file_name": "a.php", "num": 4},
        {"file_name": "b.php", "watch": ["./**/*.{env,php,twig,yaml,yml}"]},
        {"file_name": "c.php", "env": {"K": "v"}},
    ]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("php_server {\nrot /srv\n}", 'unknown "php or php_server" subdirective: rot'),
        ("php_server {\nworker\n}", 'the "file" argument must be specified'),
        ("php_server {\nworker a.php\nworker a.php\n}", 'must not have duplicate filenames: "a.php"'),
        ("php_server {\nworker a.php 1 2\n}", 'FrankenPHP: too many "worker" arguments: 2'),
        ("php_server {\nresolve_root_symlink maybe\n}", 'strconv.ParseBool: parsing "maybe": invalid syntax'),
        ("php_server {\nfile_server on\n}", "file_server may only be turned off here"),
        ("php_fastcgi app:9000 {\ntransport http\n}", "transport already specified"),
        ("php_fastcgi app:9000 {\nlb_polic first\n}", "unrecognized subdirective lb_polic"),
    ],
)
def test_a_mistake_is_worded(body: str, message: str) -> None:
    (found,) = mistakes(body)
    assert message in found


def app(block: str) -> dict[str, Any]:
    text = adapt(f"{{\nfrankenphp {{\n{block}\n}}\n}}\n", "Caddyfile", LANGUAGE).text()
    found: dict[str, Any] = msgspec.json.decode(text)["apps"]["frankenphp"]
    return found


def test_the_option_is_an_app() -> None:
    assert app("num_threads 4\nmax_threads auto\nmax_wait_time 10s\nphp_ini memory_limit 1G\nworker w.php 2") == {
        "num_threads": 4,
        "max_threads": -1,
        "max_wait_time": 10_000_000_000,
        "php_ini": {"memory_limit": "1G"},
        "workers": [{"file_name": "w.php", "num": 2}],
    }
    assert app("php_ini {\nb 2\na 1\n}") == {"php_ini": {"a": "1", "b": "2"}}


def test_the_option_refuses_what_contradicts_itself() -> None:
    for block in ("num_threads 4\nmax_threads 2", "worker a.php\nworker a.php", "worker a.php {\nmatch /x\n}"):
        with pytest.raises(ConfigError):
            app(block)
