"""PHP on both sides of a broker: workers whose jobs end in every way, and scripts that spawn and await."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pogoproxy import TaskCancelled, TaskError, TaskLost, TaskTimeout, pool_size, spawn
from pogoproxy.apps.frankenphp import FrankenPHPApp
from pogoproxy.broker.plan import PoolPlan
from pogoproxy.jobs.wire import Outcome
from pogoproxy.php import PREPENDED, worker_command

pytestmark = pytest.mark.usefixtures("php")

Farm = Any
Start = Callable[..., Farm]

WORKER = r"""<?php
function tidy(string $sign, Closure $work): array {
    try {
        touch("$sign.begun");
        $work();
    } catch (Exception) {
        return ['ok' => false, 'error' => 'taken for an exception'];
    } finally {
        file_put_contents("$sign.part", json_encode(pogo_await(pogo_spawn('shop.tasks:Echo', [1], 'python'), 20)));
        rename("$sign.part", "$sign.ended");
    }
    return ['ok' => true];
}
function nap(): mixed {
    return pogo_await(pogo_spawn('shop.tasks:Sleep', ['seconds' => 20], 'python'), 20);
}
function stubborn(): void {
    while (true) {
        try {
            usleep(100);
        } catch (Throwable) {
        }
    }
}
register_shutdown_function(static fn () => fwrite(STDERR, "the script has ended\n"));
while (frankenphp_handle_request(static function (string $json) {
    ['class' => $class, 'args' => $args] = json_decode($json, true, 512, JSON_THROW_ON_ERROR);
    return match ($class) {
        'Text' => json_encode(['ok' => true, 'result' => $args]),
        'Array' => ['ok' => true, 'result' => $args],
        'Nothing' => ['ok' => true],
        'Pid' => ['ok' => true, 'result' => getmypid()],
        'Refusal' => ['ok' => false, 'error' => 'no such sku'],
        'Vague' => ['ok' => false],
        'Null' => null,
        'List' => [1, 2],
        'Word' => 'hello',
        'Resource' => ['ok' => true, 'result' => STDIN],
        'Throw' => throw new DomainException('thrown in the job'),
        'Exit' => exit('bye'),
        'Memory' => str_repeat('x', PHP_INT_MAX >> 8),
        'Sleep' => [usleep((int) ($args['seconds'] * 1e6)), 'ok' => true],
        'Tell' => [touch($args['sign']), sleep(20), 'ok' => true],
        'Print' => [print(str_repeat("\0\xff noise", 1000)), 'ok' => true],
        'Large' => ['ok' => true, 'result' => str_repeat('x', $args['bytes'])],
        'Secret' => ['ok' => true, 'result' => [getenv('POGO_WORKER_SECRET'), $_SERVER['POGO_WORKER_SECRET'] ?? false]],
        'Move' => [chdir('/'), 'ok' => true],
        'Where' => ['ok' => true, 'result' => getcwd()],
        'Nested' => ['ok' => true, 'result' => pogo_await(pogo_spawn('shop.tasks:Echo', $args, 'python'))],
        'Forget' => ['ok' => true, 'result' => pogo_spawn('shop.tasks:Sleep', ['seconds' => 20], 'python')],
        'Tidy' => tidy($args['sign'], fn () => sleep(20)),
        'Wait' => tidy($args['sign'], nap(...)),
        'Stubborn' => stubborn(),
        'Nap' => [usleep($args['microseconds']), 'ok' => true],
        'Hurry' => [nap(), 'ok' => true],
    };
})) {
    gc_collect_cycles();
}
echo "drained\n";
"""
SCRIPT = r"""<?php
/** The message of the RuntimeException that this raises. */
function caught(Closure $action): ?string
{
    try {
        $action();
    } catch (RuntimeException $exception) {
        return get_class($exception) === 'RuntimeException' ? $exception->getMessage() : get_class($exception);
    }
    return null;
}
"""


@pytest.fixture
def farmed(farm: Start, tmp_path: Path) -> Start:
    """A PHP pool `default` with two slots and a Python pool `python`, or other plans."""
    (tmp_path / "worker.php").write_text(WORKER)

    def start(*, without: str = "", **settings: Any) -> Farm:
        php_ini = {"memory_limit": "64M", "disable_functions": without}
        command = worker_command("worker.php", tmp_path, FrankenPHPApp(php_ini=php_ini))
        default = PoolPlan(**{"name": "default", "slots": 2, "secret": "s", **settings})
        python = PoolPlan(name="python", slots=1, secret="p")
        return farm(default, python, commands={"default": command})

    return start


def run(farm: Farm, tmp_path: Path, code: str) -> Any:
    """The JSON that a script prints whose process has the functions of Pogo."""
    (tmp_path / "script.php").write_text(SCRIPT + code)
    command = ["php", "-d", "display_errors=stderr", "-d", f"auto_prepend_file={PREPENDED}", tmp_path / "script.php"]
    environment = {**os.environ, "POGO_SOCKET": farm.path}
    result = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 0, result.stderr + result.stdout
    return json.loads(result.stdout)


# Workers


def test_an_envelope_may_be_text_or_an_array(farmed: Start) -> None:
    farmed()
    args = {"sku": "Ä-1", "prices": [1, 2.5, None], "nested": {"deep": True}}
    assert spawn("Text", args).result(timeout=30) == args
    assert spawn("Array", args).result(timeout=30) == args
    assert spawn("Nothing").result(timeout=30) is None


@pytest.mark.parametrize(
    ("job", "message", "kind"),
    [
        ("Refusal", "no such sku", ""),
        ("Vague", "Pogo worker returned an error", ""),
        ("Null", "Pogo worker returned an error", ""),
        ("List", "Pogo worker returned an invalid response envelope: it is no object", ""),
        ("Word", "Pogo worker returned an invalid response envelope: Syntax error", ""),
        ("Resource", "Pogo worker returned a non-JSON-compatible response: Type is not supported", ""),
        ("Throw", "thrown in the job", "DomainException"),
        ("Exit", "Pogo job called exit()", "Exit"),
        ("Memory", "Allowed memory size", "FatalError"),
    ],
)
def test_every_failure_is_typed_and_the_pool_stays_whole(farmed: Start, job: str, message: str, kind: str) -> None:
    farm = farmed()
    with pytest.raises(TaskError) as failure:
        spawn(job).result(timeout=30)
    assert str(failure.value).startswith(message)
    assert failure.value.type == kind
    assert spawn("Array", {"n": 1}).result(timeout=30) == {"n": 1}
    farm.until(farm.is_at_rest)


def test_a_worker_lives_on_after_an_exception(farmed: Start) -> None:
    farmed(slots=1)
    before = spawn("Pid").result(timeout=30)
    with pytest.raises(TaskError, match="thrown"):
        spawn("Throw").result(timeout=30)
    assert spawn("Pid").result(timeout=30) == before


def test_what_a_job_prints_touches_no_frame(farmed: Start) -> None:
    farmed()
    assert spawn("Print").result(timeout=30) is None
    assert spawn("Array", [1]).result(timeout=30) == [1]


def test_large_results_come_whole_and_too_large_ones_fail(farmed: Start) -> None:
    farmed(limit=2 << 20)
    assert spawn("Large", {"bytes": 1 << 20}).result(timeout=30) == "x" * (1 << 20)
    with pytest.raises(TaskError, match="exceed"):
        spawn("Large", {"bytes": 3 << 20}).result(timeout=30)


def test_a_killed_worker_costs_one_task(farmed: Start, tmp_path: Path) -> None:
    """A job that it had not read yet would go to the next worker instead."""
    farm = farmed(slots=1)
    pid = spawn("Pid").result(timeout=30)
    victim = spawn("Tell", {"sign": str(tmp_path / "begun")})
    farm.until((tmp_path / "begun").exists, 30)
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(TaskLost) as loss:
        victim.result(timeout=30)
    assert (loss.value.pid, loss.value.signal) == (pid, signal.SIGKILL)
    assert spawn("Pid").result(timeout=30) != pid


def test_a_worker_is_replaced_after_its_share(farmed: Start) -> None:
    farm = farmed(slots=1, max_jobs=2)
    pids = [spawn("Pid").result(timeout=30) for _ in range(4)]
    assert pids[0] == pids[1] != pids[2] == pids[3]
    farm.until(farm.is_at_rest)


@pytest.mark.parametrize("job", ["Tidy", "Wait"])
def test_a_cancelled_job_is_told_and_its_worker_lives_on(farmed: Start, tmp_path: Path, job: str) -> None:
    farm = farmed(slots=1, cancel_grace=60)
    pid = spawn("Pid").result(timeout=30)
    task = spawn(job, {"sign": str(tmp_path / "sign")})
    farm.until((tmp_path / "sign.begun").exists, 30)
    if job == "Wait":
        farm.until(lambda: farm.pool("python").busy == 1, 30)
    task.cancel()
    assert spawn("Pid").result(timeout=15) == pid
    assert (tmp_path / "sign.ended").read_text() == "[1]", "a job may spawn while it cleans up"
    farm.until(farm.is_at_rest)


def test_cancels_never_hit_the_next_job(farmed: Start) -> None:
    farm = farmed(slots=1, cancel_grace=60)
    pid = spawn("Pid").result(timeout=30)
    for nonce in range(300):
        unwanted = spawn("Nap", {"microseconds": nonce % 7 * 100})
        time.sleep(nonce % 11 / 10_000)
        unwanted.cancel()
        assert spawn("Array", {"nonce": nonce}).result(timeout=30) == {"nonce": nonce}
    assert spawn("Pid").result(timeout=30) == pid
    farm.until(farm.is_at_rest)


@pytest.mark.parametrize(("job", "without"), [("Stubborn", ""), ("Sleep", "pcntl_signal")])
def test_a_cancelled_job_that_does_not_see_it_is_killed_after_the_grace(farmed: Start, job: str, without: str) -> None:
    farm = farmed(slots=1, cancel_grace=0.2, without=without)
    stuck = spawn(job, {"seconds": 60})
    farm.until(lambda: farm.pool().busy == 1)
    stuck.cancel()
    with pytest.raises(TaskCancelled):
        stuck.result()
    assert spawn("Array", {"n": 2}).result(timeout=30) == {"n": 2}
    with pytest.raises(TaskTimeout):
        spawn(job, {"seconds": 60}).result(timeout=0.1)
    farm.until(farm.is_at_rest)
    assert farm.pool().ended[Outcome.CANCELLED] == 2


def test_a_worker_keeps_its_secret_and_its_folder(farmed: Start) -> None:
    farmed(slots=1)
    assert spawn("Secret").result(timeout=30) == [False, False]
    before = spawn("Where").result(timeout=30)
    spawn("Move").result(timeout=30)
    assert spawn("Where").result(timeout=30) == before


def test_a_php_job_spawns_into_a_python_pool(farmed: Start) -> None:
    farmed()
    assert spawn("Nested", {"n": 3}).result(timeout=30) == {"n": 3}


def test_what_a_php_job_forgot_ends_with_it(farmed: Start) -> None:
    farm = farmed()
    assert spawn("Forget").result(timeout=30) > 0
    farm.until(farm.is_at_rest)
    assert farm.pool("python").ended[Outcome.CANCELLED] == 1


def test_a_nested_job_has_what_is_left_of_its_parents_time(farmed: Start) -> None:
    farm = farmed(max_wait=1.0)
    # Its time is over up to a millisecond before its parent's, which may say so in that millisecond.
    with pytest.raises((TaskTimeout, TaskError), match="timed out"):
        spawn("Hurry").result(timeout=30)
    farm.until(farm.is_at_rest)
    assert farm.pool("python").ended[Outcome.TIMEOUT] == 1


def test_the_script_goes_on_after_the_loop_when_it_is_drained(farm: Start, tmp_path: Path) -> None:
    done = tmp_path / "done"
    (tmp_path / "worker.php").write_text(WORKER + f"file_put_contents('{done}', 'x', FILE_APPEND);")
    command = worker_command("worker.php", tmp_path, FrankenPHPApp())
    farmed = farm(PoolPlan(name="default", slots=1, secret="s", max_jobs=1), commands={"default": command})
    spawn("Pid").result(timeout=30)
    farmed.until(done.exists)


def test_a_worker_without_the_loop_says_what_it_lacks(tmp_path: Path) -> None:
    (tmp_path / "worker.php").write_text("<?php echo 'hello';")
    command = worker_command("worker.php", tmp_path, FrankenPHPApp())
    environment = {**os.environ, "POGO_WORKER_SECRET": "s"}
    result = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30, check=False)
    assert "worker.php ended without a call of frankenphp_handle_request()" in result.stderr


# Scripts


def test_a_script_spawns_into_pools_of_both_languages(farmed: Start, tmp_path: Path) -> None:
    found = run(
        farmed(),
        tmp_path,
        """
        $php = pogo_spawn('Array', ['Ä' => 1.5, 'path' => 'a/b']);
        $python = pogo_spawn('shop.tasks:Echo', ['list' => [1, null]], 'python');
        echo json_encode([
            'results' => [pogo_await($python, 30), pogo_await($php, 30)],
            'sizes' => [pogo_pool_size(), pogo_pool_size(''), pogo_pool_size('python')],
            'ids' => $python - $php,
        ], JSON_UNESCAPED_UNICODE);
        """,
    )
    assert found == {"results": [{"list": [1, None]}, {"Ä": 1.5, "path": "a/b"}], "sizes": [2, 2, 1], "ids": 1}


def test_the_errors_are_those_of_pogo(farmed: Start, tmp_path: Path) -> None:
    found = run(
        farmed(),
        tmp_path,
        r"""
        $task = pogo_spawn('Array', ['n' => 1]);
        $slow = pogo_spawn('Sleep', ['seconds' => 20]);
        $found = [
            caught(fn () => pogo_await($task, -1.0)),
            caught(fn () => pogo_await($task, NAN)),
            pogo_await($task, 30),
            caught(fn () => pogo_await($task)),
            caught(fn () => pogo_await(4711)),
            caught(fn () => pogo_await($slow, 0.25)),
            caught(fn () => pogo_await($slow)),
            caught(fn () => pogo_spawn('Array', [], 'mis"sing')),
            caught(fn () => pogo_pool_size('missing')),
            caught(fn () => pogo_spawn('')),
            caught(fn () => pogo_spawn('', [], 'missing')),
            caught(fn () => pogo_spawn('Array', ["\xff"])),
            caught(fn () => pogo_spawn('Array', [NAN])),
            caught(fn () => pogo_spawn('Array', [fopen('php://memory', 'r')])),
            caught(fn () => pogo_await(pogo_spawn('Refusal'), 30)),
            caught(fn () => pogo_await(pogo_spawn('Vague'), 30)),
            caught(fn () => pogo_await(pogo_spawn('shop.tasks:Nobody', [], 'python'), 30)) !== null,
        ];
        putenv('POGO_SOCKET');
        echo json_encode([...$found, caught(fn () => pogo_spawn('Array')), caught(fn () => pogo_pool_size())]);
        """,
    )
    assert found == [
        "Pogo await timeout must be greater than or equal to zero",
        "Pogo await timeout must be greater than or equal to zero",
        {"n": 1},
        "unknown or already awaited Pogo task",
        "unknown or already awaited Pogo task",
        "Pogo await timed out after 250ms",
        "unknown or already awaited Pogo task",
        'unknown Pogo pool "mis\\"sing"',
        'unknown Pogo pool "missing"',
        "Pogo job class must not be empty",
        'unknown Pogo pool "missing"',
        "Failed to encode Pogo job args as JSON",
        "Failed to encode Pogo job args as JSON",
        "Failed to encode Pogo job args as JSON",
        "no such sku",
        "Pogo worker returned an error",
        True,
        "Pogo is not configured",
        "Pogo is not configured",
    ]


def test_a_late_result_harms_nobody(farmed: Start, tmp_path: Path) -> None:
    found = run(
        farmed(slots=4),
        tmp_path,
        """
        $late = pogo_spawn('Sleep', ['seconds' => 0.2]);
        caught(fn () => pogo_await($late, 0));
        usleep(400_000);
        echo json_encode(array_map(
            fn (int $n) => pogo_await(pogo_spawn('Array', ['n' => $n]), 30)['n'],
            range(1, 20),
        ));
        """,
    )
    assert found == list(range(1, 21))


def test_large_arguments_and_results_pass(farmed: Start, tmp_path: Path) -> None:
    code = """
        $text = str_repeat('0123456789', 500_000);
        $tasks = array_map(fn () => pogo_spawn('shop.tasks:Echo', ['text' => $text], 'python'), range(1, 3));
        echo json_encode(array_map(fn (int $task) => pogo_await($task, 30)['text'] === $text, $tasks));
    """
    assert run(farmed(), tmp_path, code) == [True, True, True]


def test_a_script_that_spawns_without_end_is_stopped(farmed: Start, tmp_path: Path) -> None:
    farm = farmed()
    farm.on_loop(lambda: setattr(farm.broker, "max_tasks", 3))
    found = run(
        farm,
        tmp_path,
        """
        $tasks = array_map(fn (int $n) => pogo_spawn('Array', ['n' => $n]), range(1, 3));
        $more = fn () => pogo_spawn('Array', ['n' => 4]);
        echo json_encode([caught($more), pogo_await($tasks[0], 30)['n'], caught($more), caught($more)]);
        """,
    )
    refused = "Pogo request has 3 open tasks, and may not have more"
    assert found == [refused, 1, None, refused]


def test_what_a_script_did_not_await_is_cancelled_when_it_ends(farmed: Start, tmp_path: Path) -> None:
    farm = farmed()
    run(farm, tmp_path, "pogo_spawn('shop.tasks:Sleep', ['seconds' => 30], 'python'); echo 1;")
    farm.until(farm.is_at_rest)
    assert farm.pool("python").ended[Outcome.CANCELLED] == 1


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        ("2.0", "2s"),
        ("0.0", "0s"),
        ("1.5", "1.5s"),
        ("90.0", "1m30s"),
        ("3661.25", "1h1m1.25s"),
        ("0.0000015", "1.5µs"),
        ("1e-9", "1ns"),
        ("7200.0", "2h0m0s"),
    ],
)
def test_durations_are_worded_as_go_does(tmp_path: Path, seconds: str, text: str) -> None:
    code = f"require '{PREPENDED.parent}/Result.php'; echo PogoProxy\\Jobs\\goDuration({seconds});"
    assert subprocess.run(["php", "-r", code], capture_output=True, text=True, check=True, timeout=30).stdout == text


def test_a_pool_is_known_by_its_size(farmed: Start) -> None:
    farmed()
    assert pool_size() == 2
