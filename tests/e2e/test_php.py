"""PHP on the real binary: the example in examples/php, y-l-g/pogo's own where it is at hand, and what kills php-fpm."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import Server, command_line, descendants, eventually, running

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("php")]

ROOT = Path(__file__).parents[2]
SHOP = ROOT / "examples" / "php"

CADDYFILE = """
{
    admin off
    frankenphp {
        num_threads 2
        php_ini memory_limit 77M
        php_ini auto_prepend_file prepended.php
    }
    pogo {
        worker tasks
        num_threads 2
        pool php {
            worker worker.php
            num_threads 1
            cancel_grace 30s
        }
        pool brief {
            worker worker.php
            num_threads 1
            max_wait 1s
            cancel_grace 30s
        }
    }
}
:PORT {
    handle /python {
        app shop:application {
            workers 1
        }
    }
    handle {
        root * public
        php_server {
            env GREETING hello
            worker app.php {
                match /app/*
                env APP worker
            }
        }
    }
}
"""
PAGES = {
    "public/index.php": """<?php echo json_encode([
        'uri' => $_SERVER['REQUEST_URI'], 'script' => $_SERVER['SCRIPT_NAME'], 'info' => $_SERVER['PATH_INFO'] ?? '',
        'self' => $_SERVER['PHP_SELF'], 'get' => $_GET, 'post' => $_POST,
        'greeting' => getenv('GREETING'), 'memory' => ini_get('memory_limit'), 'user' => PREPENDED,
        'worker' => function_exists('frankenphp_handle_request')]);""",
    "public/sub/index.php": "<?php echo 'folder';",
    "public/plain.txt": "no PHP: <?php echo 1;",
    "public/avatar.jpg": "<?php echo 'owned';",
    "public/evil.phtml": "<?php echo 'owned';",
    "public/sleep.php": "<?php usleep((int) ($_GET['ms'] * 1000)); echo getmypid();",
    "public/body.php": "<?php echo strlen(file_get_contents('php://input'));",
    "public/die.php": "<?php echo str_repeat('x', 100000); flush(); usleep(300000); posix_kill(getmypid(), 9);",
    "public/silent.php": "<?php posix_kill(getmypid(), 9);",
    "public/php.php": "<?php echo pogo_await(pogo_spawn('Pid', [], $_GET['pool']), 30)['pid'];",
    "public/python.php": "<?php echo json_encode(pogo_await(pogo_spawn('tasks:Double', ['n' => 21]), 30));",
    "public/forget.php": "<?php pogo_spawn('tasks:Mark', ['file' => $_GET['file']]); echo 'done';",
    "public/wait.php": "<?php touch($_GET['file'] . '.begun'); pogo_await(pogo_spawn('tasks:Mark', $_GET), 30);",
    "public/after.php": """<?php echo 'answered'; fastcgi_finish_request(); usleep(200000);
        file_put_contents($_GET['file'], pogo_await(pogo_spawn('tasks:Double', ['n' => 4]), 30));""",
    "public/status.php": """<?php http_response_code(418); setcookie('a', 'b');
        header('X-One: 1'); header('X-One: 2', false);""",
    "app.php": """<?php
        $served = [];
        while (frankenphp_handle_request(function () use (&$served) {
            header('X-Worker: ' . $_SERVER['FRANKENPHP_WORKER']);
            $served[] = [$_SERVER['REQUEST_URI'], $_GET, $_POST, $_SERVER['APP'], $_SERVER['SCRIPT_FILENAME']];
        })) {}
        echo json_encode($served);""",
    "prepended.php": "<?php const PREPENDED = 'mine';",
    "public/tidy.php": """<?php
        $task = pogo_spawn('Tidy', $_GET, $_GET['pool']);
        while (!file_exists($_GET['file'] . '.begun')) { usleep(1000); }
        if ($_GET['pool'] === 'brief') {
            try { pogo_await($task, 30); } catch (RuntimeException $wrong) { echo $wrong->getMessage(); }
        }""",
    "worker.php": """<?php
        while (frankenphp_handle_request(function (string $json): array {
            ['class' => $class, 'args' => $args] = json_decode($json, true);
            if ($class === 'Tidy') {
                try {
                    touch($args['file'] . '.begun');
                    sleep(60);
                } finally {
                    file_put_contents($args['file'], getmypid());
                }
            }
            return ['ok' => true, 'result' => ['php' => PHP_VERSION, 'args' => $args, 'pid' => getmypid()]];
        })) {}""",
    "tasks.py": """
import pathlib, time

class Double:
    def handle(self, args):
        return 2 * args["n"]

class Mark:
    def handle(self, args):
        time.sleep(1.5)
        pathlib.Path(args["file"]).touch()
""",
    "shop.py": """
import json
from pogoproxy import spawn

async def application(scope, receive, send):
    assert scope["type"] == "http"
    found = await spawn("Anything", {"n": [1, None]}, pool="php").wait(timeout=30)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": json.dumps(found).encode()})
""",
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("site")
    for name, text in PAGES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    with running(folder, CADDYFILE) as server:
        yield server


def copied(folder: Path) -> str:
    """The example in a folder of its own; its Caddyfile."""
    shutil.copytree(SHOP, folder, dirs_exist_ok=True)
    return (SHOP / "Caddyfile").read_text().replace(":8080", ":PORT").replace("{\n\tpogo", "{\n\tadmin off\n\tpogo")


def masters(server: Server) -> list[int]:
    return server.processes("php-fpm: master") or server.processes("--fpm-config")


def test_the_jobs_of_the_example_run_at_once_in_two_languages(tmp_path: Path) -> None:
    with running(tmp_path, copied(tmp_path)) as server:
        report = server.get().json()
        assert report["workers"] == {"default": 4, "forecast": 1}
        assert report["product"]["forecast"]["pieces"] == 21
        pids = {report["product"][name]["pid"] for name in ("price", "stock", "forecast")}
        assert len(pids) == 3 and pids <= set(server.processes())
        # Two that wait 250 ms each overlap; a busy machine gets further tries.
        assert eventually(lambda: server.get().json()["elapsed_ms"] < 480, 30)
        assert server.stop() == 0


@pytest.mark.skipif("POGO_SEED" not in os.environ, reason="POGO_SEED names no checkout of y-l-g/pogo")
def test_the_example_of_pogo_runs_unchanged(tmp_path: Path) -> None:
    """Every check of its smoke script, on its own files, in their own folder, at their own port."""
    example = tmp_path / "example"
    shutil.copytree(Path(os.environ["POGO_SEED"]) / "example", example)
    log = (tmp_path / "log").open("wb")
    command = [sys.executable, "-m", "pogoproxy", "run", "Caddyfile"]
    process = subprocess.Popen(command, cwd=example, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        assert eventually(lambda: "serving http" in (tmp_path / "log").read_text(), 30), (tmp_path / "log").read_text()
        assert eventually(lambda: fetched("/")["elapsed_ms"] < 1000, 30)
        page = fetched("/")
        assert page["workers"] == {"default": 4, "cpu": 2}
        assert len(page["results"]) == 3
        assert [found.get("slept_ms") for found in page["results"]].count(250) == 2
        negative = fetched("/negative-timeout.php")
        assert negative["caught_invalid_timeout"] is True
        assert negative["result"]["slept_ms"] == 25
        missing = fetched("/pool-size-error.php")
        assert missing["caught_unknown_pool"] is True
        assert "unknown Pogo pool" in missing["message"]
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait()
        log.close()


def fetched(path: str) -> dict[str, object]:
    result = subprocess.run(
        ["curl", "-fsS", f"http://localhost:8080{path}"], capture_output=True, text=True, check=True, timeout=30
    )
    found: dict[str, object] = json.loads(result.stdout)
    return found


def test_a_page_sees_its_request(site: Server) -> None:
    page = site.get("/index.php/more/path?a=1&b[]=2").json()
    assert page["script"] == "/index.php"
    assert page["info"] == "/more/path"
    assert page["self"] == "/index.php/more/path"
    assert page["uri"] == "/index.php/more/path?a=1&b[]=2"
    assert page["get"] == {"a": "1", "b": ["2"]}
    assert (page["greeting"], page["memory"], page["user"], page["worker"]) == ("hello", "77M", "mine", False)


def test_what_is_no_file_goes_to_the_front_controller(site: Server) -> None:
    page = site.get("/blog/some%20post?x=1").json()
    assert (page["script"], page["uri"]) == ("/index.php", "/blog/some%20post?x=1")


def test_folders_and_files(site: Server) -> None:
    assert site.get("/sub").status == 308
    assert site.get("/sub/").text == "folder"
    assert site.get("/plain.txt").text == "no PHP: <?php echo 1;"


@pytest.mark.parametrize(
    "path",
    [
        "/avatar.jpg/x.php",
        "/avatar.jpg/.php",
        "/avatar.jpg%00.php",
        "/avatar.jpg%0a.php",
        "/evil.phtml/x.php",
        "/avatar.jpg/%2e%2e/avatar.jpg/x.php",
        "/index.php/../avatar.jpg/x.php",
        "/index.php/avatar.jpg",
        "/avatar.jpg/x.%EF%BD%90%EF%BD%88%EF%BD%90",
        "/avatar.jpg/index.php/../..",
        "/../../worker.php",
        "/%2e%2e/worker.php",
        "/..%2fworker.php",
    ],
)
def test_no_upload_is_run_as_php(site: Server, path: str) -> None:
    with socket.create_connection(("127.0.0.1", site.port), timeout=30) as client:
        client.sendall(b"GET %b HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" % path.encode())
        answer = b"".join(iter(lambda: client.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 ")
    assert b"owned" not in answer


def test_the_fields_of_an_answer_arrive(site: Server) -> None:
    answer = site.get("/status.php")
    assert answer.status == 418
    assert answer.headers.get_all("X-One") == ["1", "2"]
    assert answer.headers["Set-Cookie"] == "a=b"
    assert answer.headers.get_all("Server") == ["pogoproxy"]
    assert "Via" not in answer.headers


@pytest.mark.parametrize("size", [0, 1, 5000, 3_000_000])
@pytest.mark.parametrize("chunked", [False, True])
def test_bodies_arrive_whole(site: Server, size: int, chunked: bool, tmp_path: Path) -> None:
    (tmp_path / "body").write_bytes(b"x" * size)
    fields = ["-H", "Content-Type: text/plain", *(["-H", "Transfer-Encoding: chunked"] if chunked else [])]
    url = f"http://127.0.0.1:{site.port}/body.php"
    command = ["curl", "-fsS", "--data-binary", f"@{tmp_path}/body", *fields, url]
    result = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert result.stdout == str(size)


def test_a_worker_of_frankenphp_serves_its_paths(site: Server) -> None:
    answer = site.get("/app/anything.txt?a=1")
    assert answer.headers["X-Worker"] == "1"
    ((uri, get, post, app, file),) = answer.json()
    assert (uri, get, post, app) == ("/app/anything.txt?a=1", {"a": "1"}, [], "worker")
    assert file.endswith("/app.php")


def test_requests_spawn_into_pools_of_the_other_language(site: Server) -> None:
    assert site.get("/python.php", timeout=40).json() == 42
    assert site.get("/python", timeout=40).json()["args"] == {"n": [1, None]}


def test_what_a_page_did_not_await_is_cancelled(site: Server, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    assert site.get(f"/forget.php?file={mark}").text == "done"
    # The job's worker is free again, well before the job would have been done; and it never is.
    began = time.monotonic()
    assert site.get("/python.php", timeout=40).json() == 42
    assert site.get("/python.php", timeout=40).json() == 42
    eventually(mark.exists, max(0.0, 2.5 - (time.monotonic() - began)))
    assert not mark.exists()


@pytest.mark.parametrize(("pool", "said"), [("php", ""), ("brief", "timed out")])
def test_a_job_in_php_is_told_that_nobody_wants_it_any_more(site: Server, tmp_path: Path, pool: str, said: str) -> None:
    mark = tmp_path / "mark"
    assert said in site.get(f"/tidy.php?pool={pool}&file={mark}", timeout=40).text
    assert eventually(lambda: mark.exists() and mark.read_text() != "", 15)
    assert site.get(f"/php.php?pool={pool}", timeout=40).text == mark.read_text(), "its worker lives on"


def test_a_client_that_leaves_takes_its_jobs_with_it(site: Server, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    with socket.create_connection(("127.0.0.1", site.port), timeout=30) as client:
        client.sendall(b"GET /wait.php?file=%b HTTP/1.1\r\nHost: a\r\n\r\n" % str(mark).encode())
        assert eventually(Path(f"{mark}.begun").exists)
    # Both processes of PHP and both workers are free again, before the job would have been done; and it never is.
    assert [site.get("/python.php", timeout=40).json() for _ in range(4)] == [42] * 4
    assert not eventually(mark.exists, 2.5)


def test_a_script_may_spawn_after_it_has_answered(site: Server, tmp_path: Path) -> None:
    found = tmp_path / "found"
    assert site.get(f"/after.php?file={found}").text == "answered"
    assert eventually(lambda: found.exists() and found.read_text() == "8", 30)


def test_a_process_that_dies_is_a_bad_gateway_or_a_broken_answer(site: Server) -> None:
    assert site.get("/silent.php").status == 502
    with pytest.raises((http.client.IncompleteRead, ConnectionError)):
        site.get("/die.php")
    assert site.get("/sub/").text == "folder"


def test_a_killed_php_fpm_is_replaced_and_what_waits_is_answered(site: Server) -> None:
    (master,) = masters(site)
    os.kill(master, signal.SIGKILL)
    assert eventually(lambda: masters(site) not in ([], [master]), 30)
    assert eventually(lambda: site.get("/sub/").text == "folder", 30)


def test_a_running_page_is_finished_at_a_stop_and_nothing_is_left(tmp_path: Path) -> None:
    (tmp_path / "public").mkdir()
    (tmp_path / "public" / "sleep.php").write_text(PAGES["public/sleep.php"])
    with running(tmp_path, "{\nadmin off\n}\n:PORT {\nroot * public\nphp_server\n}\n") as server:
        processes = server.processes()
        url = f"http://127.0.0.1:{server.port}/sleep.php?ms=1000"
        with subprocess.Popen(["curl", "-fsS", url], stdout=subprocess.PIPE) as curl:
            assert curl.stdout is not None
            assert eventually(lambda: established(server.port))
            assert server.stop() == 0
            assert int(curl.stdout.read()) > 0
        assert eventually(lambda: not any(command_line(pid) for pid in processes))


def established(port: int) -> bool:
    """Whether somebody is connected to that port."""
    rows = [row for table in ("tcp", "tcp6") for row in Path(f"/proc/net/{table}").read_text().splitlines()[1:]]
    return any(row.split()[1].endswith(f":{port:04X}") and row.split()[3] == "01" for row in rows)


def test_a_request_waits_for_a_process_only_so_long(tmp_path: Path) -> None:
    (tmp_path / "public").mkdir()
    (tmp_path / "public" / "busy.php").write_text("<?php touch('../begun'); sleep(4); echo 'done';")
    (tmp_path / "public" / "mark.php").write_text("<?php touch('../ran'); echo 'ran';")
    (tmp_path / "public" / "index.php").write_text("<?php echo 'free';")
    options = "admin off\nfrankenphp {\nnum_threads 1\nmax_wait_time 500ms\n}"
    with running(tmp_path, f"{{\n{options}\n}}\n:PORT {{\nroot * public\nphp_server\n}}\n") as server:
        url = f"http://127.0.0.1:{server.port}/busy.php"
        with subprocess.Popen(["curl", "-fsS", url], stdout=subprocess.PIPE) as curl:
            assert curl.stdout is not None
            assert eventually((tmp_path / "begun").exists)
            assert server.get("/mark.php").status == 504
            assert curl.stdout.read() == b"done"  # it has taken longer itself, but it was begun with in time
        assert eventually(lambda: server.get().text == "free")
        assert not (tmp_path / "ran").exists()
        assert server.get("/mark.php").text == "ran"


def test_a_killed_server_leaves_no_php(tmp_path: Path) -> None:
    with running(tmp_path, copied(tmp_path)) as server:
        processes = descendants(server.process.pid)
        assert any("php-fpm" in command_line(pid) for pid in processes)
        server.process.kill()
        server.process.wait(10)
        assert eventually(lambda: not any("php" in command_line(pid) for pid in processes), 30)


def failed_run(folder: Path, caddyfile: str) -> str:
    """What a server says that does not start."""
    (folder / "Caddyfile").write_text(caddyfile)
    command = [sys.executable, "-m", "pogoproxy", "run", "--config", "Caddyfile"]
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 1
    return result.stderr


def test_a_worker_that_is_missing_or_does_not_boot_says_why(tmp_path: Path) -> None:
    pogo = "{\nadmin off\npogo {\nworker worker.php\n}\n}\n"
    assert "worker worker.php: no such file" in failed_run(tmp_path, pogo)
    (tmp_path / "worker.php").write_text("<?php this is no PHP")
    said = failed_run(tmp_path, pogo)
    assert "pool default: " in said
    assert "syntax error" in said


def test_reload_replaces_php_fpm(serve: Callable[..., Server], tmp_path: Path) -> None:
    (tmp_path / "public").mkdir()
    (tmp_path / "public" / "index.php").write_text("<?php echo getenv('GREETING');")
    text = "{\nadmin off\n}\n:PORT {\nroot * public\nphp_server {\nenv GREETING one\n}\n}\n"
    server = serve(text)
    assert server.get().text == "one"
    before = masters(server)
    (tmp_path / "Caddyfile").write_text(text.replace("one", "two").replace("PORT", str(server.port)))
    server.process.send_signal(signal.SIGUSR1)
    assert eventually(lambda: server.get().text == "two", 30)
    assert eventually(lambda: len(masters(server)) == 1 and masters(server) != before, 30)
