"""The table of children with made-up pids and a made-up clock."""

from __future__ import annotations

import pytest

from pogoproxy.supervisor.children import FIRST_DELAY, STABLE, Child, Children, Life
from pogoproxy.supervisor.plan import Launch, Role

WORKERS = Role("worker", (Launch("w"),) * 3, boot_timeout=10)


def table_with(*roles: Role) -> Children:
    table = Children()
    for role in roles:
        table.want(role)
    return table


def launch(table: Children, now: float, first_pid: int = 100) -> list[Child]:
    """Launch all vacancies, with pids counted from `first_pid`."""
    launched = []
    for number, (role, slot, _) in enumerate(table.vacancies(now)):
        child = table.launched(role, slot, now)
        table.named(child, first_pid + number)
        launched.append(child)
    return launched


def full_table(now: float = 0.0) -> tuple[Children, list[Child]]:
    table = table_with(WORKERS)
    (first,) = launch(table, now)
    table.ready(first, now)
    rest = launch(table, now, 101)
    for child in rest:
        table.ready(child, now)
    return table, [first, *rest]


def test_one_slot_tries_before_the_others_start() -> None:
    table = table_with(WORKERS)
    (first,) = launch(table, 0)
    assert table.vacancies(0) == []
    table.ready(first, 1)
    assert [slot for _, slot, _ in table.vacancies(1)] == [1, 2]


def test_a_crew_is_complete_when_every_slot_serves() -> None:
    table, _ = full_table()
    assert table.crews[WORKERS.name].is_complete


def test_a_dead_worker_is_replaced_at_once_in_its_own_slot() -> None:
    table, children = full_table()
    table.exited(children[1], "SIGKILL", STABLE + 1)
    assert [slot for _, slot, _ in table.vacancies(STABLE + 1)] == [1]


def test_a_death_after_stable_service_is_no_failure() -> None:
    table, children = full_table()
    table.exited(children[0], "SIGKILL", STABLE + 1)
    assert table.crews[WORKERS.name].failures == 0


def test_a_child_that_may_leave_is_replaced_without_counting_a_failure() -> None:
    role = Role("pool", (Launch("w"),), may_leave=True)
    table = table_with(role)
    for _ in range(20):
        (child,) = launch(table, 0)
        table.ready(child, 0)
        table.exited(child, "0", 0.1)
    assert table.crews[role.name].failures == 0


def test_an_end_that_was_asked_for_is_no_failure() -> None:
    table = Children()
    table.want(WORKERS)
    for now in range(5):
        child = table.launched(WORKERS, 0, now)
        table.ready(child, now)
        table.stopping(child, now, 5)
        table.exited(child, "SIGKILL", now)
    assert table.crews[WORKERS.name].failures == 0
    assert 0 in [slot for _, slot, _ in table.vacancies(5)]


def test_failures_in_a_row_wait_longer_each_time() -> None:
    table = table_with(WORKERS)
    now, delays = 0.0, []
    for _ in range(4):
        (child,) = launch(table, now)
        table.exited(child, "3", now)
        delays.append(table.crews[WORKERS.name].retry_at - now)
        now = table.crews[WORKERS.name].retry_at
    assert delays == pytest.approx([0, FIRST_DELAY, 2 * FIRST_DELAY, 4 * FIRST_DELAY])


def test_nothing_is_launched_during_the_backoff_and_the_loop_wakes_at_its_end() -> None:
    table = table_with(WORKERS)
    for _ in range(2):
        (child,) = launch(table, 0)
        table.exited(child, "3", 0)
    assert table.vacancies(FIRST_DELAY / 2) == []
    assert table.next_deadline(FIRST_DELAY / 2) == FIRST_DELAY
    assert len(table.vacancies(FIRST_DELAY)) == 1


def test_stable_service_of_all_forgets_the_failures() -> None:
    table, children = full_table()
    table.exited(children[0], "1", 1)
    (again,) = launch(table, 1, 200)
    table.ready(again, 1)
    table.settle(2)
    assert table.crews[WORKERS.name].failures == 1
    table.settle(1 + STABLE)
    assert table.crews[WORKERS.name].failures == 0


def test_a_child_that_does_not_become_ready_is_overdue() -> None:
    table = table_with(WORKERS)
    (child,) = launch(table, 0)
    assert table.overdue(9.9) == []
    assert table.next_deadline(0) == 10
    assert table.overdue(10) == [child]


def test_a_child_that_does_not_stop_is_overdue_after_the_grace() -> None:
    table, children = full_table()
    for child in table.retire(WORKERS.name):
        table.stopping(child, 20, 5)
    assert table.overdue(24) == []
    assert set(table.overdue(25)) == set(children)


def test_a_retired_role_is_not_replaced() -> None:
    table, children = full_table()
    table.retire(WORKERS.name)
    table.exited(children[0], "0", 1)
    assert table.vacancies(100) == []


def test_forks_wait_for_their_template() -> None:
    template = Role("template", (Launch("t"),))
    forked = Role("pool", (Launch(template=template.name),))
    table = table_with(template, forked)
    (child,) = launch(table, 0)
    assert child.role == template.name
    table.ready(child, 1)
    assert [role.title for role, _, _ in table.vacancies(1)] == ["pool"]


def test_generations_of_a_role_live_side_by_side() -> None:
    table = table_with(Role("worker", (Launch("w"),), 1), Role("worker", (Launch("w"),), 2))
    assert [child.role for child in launch(table, 0)] == ["worker#1", "worker#2"]


def test_an_illegal_move_raises() -> None:
    child = Child("worker#1", 0, 0.0)
    child.move(Life.GONE, 1)
    with pytest.raises(ValueError, match="GONE cannot become READY"):
        child.move(Life.READY, 2)
