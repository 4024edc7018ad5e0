"""What a front counts of its requests."""

from __future__ import annotations

from typing import Any

from pogoproxy.errors import HandlerError
from pogoproxy.http.metering import Meter
from pogoproxy.metrics import exposed
from tests.exchanges import make


class Answered:
    """What a front knows of an answer."""

    def __init__(self, status: int = 200, sent: int = 0, began: float = 0.0) -> None:
        self.status, self.sent, self.began = status, sent, began


def counted(meter: Meter, *, handler: str = "subroute", response: Any = None, **request: Any) -> Meter:
    exchange, _ = make(**request)
    exchange.handler = handler
    meter(exchange, response or Answered())
    return meter


def meter(**options: Any) -> Meter:
    return Meter("srv0", lambda: 3, **options)


def test_a_request_is_counted_under_caddys_names_and_labels() -> None:
    text = exposed(counted(meter(), response=Answered(201, 300)).families())
    assert 'caddy_http_requests_total{handler="subroute",server="srv0"} 1\n' in text
    assert 'caddy_http_requests_in_flight{server="srv0"} 3\n' in text
    labels = 'code="201",handler="subroute",method="GET",server="srv0"'
    assert f'caddy_http_response_size_bytes_bucket{{{labels},le="1024"}} 1\n' in text
    assert f"caddy_http_response_size_bytes_sum{{{labels}}} 300\n" in text
    assert f"caddy_http_request_duration_seconds_count{{{labels}}} 1\n" in text


def test_failures_are_counted_whether_an_error_route_answered_or_not() -> None:
    made = meter()
    for field in ("failure", "error"):
        exchange, _ = make()
        exchange.handler = "subroute"
        setattr(exchange, field, HandlerError(500))
        made(exchange, Answered(500))
    assert 'caddy_http_request_errors_total{handler="subroute",server="srv0"} 2\n' in exposed(made.families())


def test_clients_cannot_make_up_labels() -> None:
    made = meter()
    for number in range(5):
        counted(made, method=f"M{number}")
    text = exposed(made.families())
    assert 'method="OTHER",server="srv0"} 5\n' in text
    assert "M1" not in text


def test_a_request_that_no_route_took_is_not_counted() -> None:
    assert "requests_total{" not in exposed(counted(meter(), handler="").families())


def test_a_client_that_left_before_an_answer_has_a_code_of_its_own() -> None:
    assert 'code="499"' in exposed(counted(meter(), response=Answered(0)).families())


def test_hosts_are_labels_if_that_is_asked_for() -> None:
    text = exposed(counted(meter(host=lambda exchange: exchange.host.upper())).families())
    assert 'caddy_http_requests_total{handler="subroute",host="EXAMPLE.COM",server="srv0"} 1\n' in text
