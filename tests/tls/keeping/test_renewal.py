from __future__ import annotations

from pogoproxy.tls.keeping.renewal import due_at, retry_delay


def test_the_last_third_of_a_life_is_for_renewal():
    assert due_at(0, 90) == 60
    assert due_at(0, 90, 0.5) == 45


def test_the_authority_may_ask_for_another_time():
    assert due_at(0, 90, wanted=30) == 30
    assert due_at(0, 90, wanted=80) == 80


def test_in_the_last_moments_nobody_is_listened_to():
    assert due_at(0, 100, wanted=99.5) == 98


def test_attempts_become_rare_but_never_end():
    delays = [retry_delay(failures) for failures in range(1, 40)]
    assert delays == sorted(delays)
    assert delays[0] == 60
    assert delays[-1] == 6 * 3600


def test_no_hour_has_more_failures_than_an_authority_allows():
    times, now = [], 0.0
    for failures in range(1, 30):
        times.append(now)
        now += retry_delay(failures)
    # The first hour has a few more; certificates are asked for twice then, as Caddy does.
    assert all(sum(start <= time < start + 3600 for time in times) <= 8 for start in times)
