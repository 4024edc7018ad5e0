"""The `pogo` app keeps y-l-g/pogo's rules and texts."""

from __future__ import annotations

import msgspec
import pytest

from pogoproxy.apps.pogo import PogoApp
from pogoproxy.errors import ConfigError


def app(text: str) -> PogoApp:
    return msgspec.json.decode(text, type=PogoApp)


def test_values_at_the_top_make_the_default_pool_and_are_not_inherited() -> None:
    pools = app('{"worker":"a","num_threads":4,"max_wait":"9s","pools":[{"name":"cpu","worker":"b"}]}').all_pools()
    assert [(pool.name, pool.worker, pool.wait) for pool in pools] == [("default", "a", 9.0), ("cpu", "b", 30.0)]
    assert pools[0].slots == 4


@pytest.mark.parametrize("wait", ["0", '"0"', "-5", '"-3s"'])
def test_no_max_wait_is_thirty_seconds(wait: str) -> None:
    (pool,) = app(f'{{"pools":[{{"name":"default","worker":"a","max_wait":{wait}}}]}}').all_pools()
    assert pool.wait == 30.0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{}", "pogo requires a default worker"),
        ('{"num_threads":2}', 'pogo pool "default" worker is required'),
        ('{"pools":[{"name":"cpu","worker":"a"}]}', 'pogo requires a "default" pool'),
        ('{"pools":[{"worker":"a"}]}', "pogo pool name is required"),
        ('{"pools":[{"name":"a\\"b\\n"}]}', r'pogo pool "a\"b\n" worker is required'),
        ('{"worker":"a","pools":[{"name":"default","worker":"b"}]}', 'duplicate pogo pool "default"'),
    ],
)
def test_what_makes_no_sense_is_refused(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as mistake:
        app(text).all_pools()
    assert mistake.value.message == message


def test_processes_share_the_slots() -> None:
    (pool,) = app('{"worker":"a","num_threads":8,"processes":2}').all_pools()
    assert (pool.slots, pool.slots_each) == (8, 4)
    (pool,) = app('{"worker":"a","num_threads":8}').all_pools()
    assert pool.slots_each == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"worker":"a","max_tasks":-1}', "pogo max_tasks must not be negative"),
        (
            '{"worker":"a","num_threads":4,"processes":2,"max_threads":5}',
            'pogo pool "default" max_threads must be num_threads or more, and a multiple of the slots of a process',
        ),
        ('{"worker":"a","command":["b"]}', 'pogo pool "default" command excludes worker, python and preload'),
        ('{"worker":"a","queue":-1}', 'pogo pool "default" queue must not be negative'),
        (
            '{"worker":"a","num_threads":8,"processes":3}',
            'pogo pool "default" num_threads must be a multiple of processes',
        ),
    ],
)
def test_limits_that_make_no_sense_are_refused(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        app(text).all_pools()
