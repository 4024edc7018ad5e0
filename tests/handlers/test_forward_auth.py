"""The directive `forward_auth`: a proxy whose good answers let the request go on."""

from tests.adapted import handler, mistakes

GOOD = {"status_code": [2]}


def test_the_request_goes_to_the_gateway_as_a_get() -> None:
    found = handler("forward_auth auth:9091 {\nuri /verify\nheader_up X-Site shop\n}")
    assert found["rewrite"] == {"method": "GET", "uri": "/verify"}
    assert found["headers"]["request"]["set"] == {
        "X-Forwarded-Method": ["{http.request.method}"],
        "X-Forwarded-Uri": ["{http.request.uri}"],
        "X-Site": ["shop"],
    }
    assert found["handle_response"] == [{"match": GOOD, "routes": [{"handle": [{"handler": "vars"}]}]}]


def test_a_copied_field_is_deleted_before_it_is_set_so_that_no_client_may_forge_it() -> None:
    found = handler("forward_auth auth:9091 {\nuri /verify\ncopy_headers {\nremote-user>x-user\n}\n}")
    _, delete, copy = found["handle_response"][0]["routes"]
    value = "{http.reverse_proxy.header.Remote-User}"
    assert delete["handle"][0]["request"] == {"delete": ["X-User"]}
    assert copy["handle"][0]["request"] == {"set": {"X-User": [value]}}
    assert copy["match"] == [{"not": [{"vars": {value: [""]}}]}]


def test_mistakes_are_worded() -> None:
    assert mistakes("forward_auth auth:9091") == ["the 'uri' subdirective is required"]
    assert mistakes("forward_auth auth:9091 {\nuri /a\nuri /b\n}") == ["cannot re-declare uri: /b"]
    assert mistakes("forward_auth auth:9091 {\nuri /a\ncopy_headers\n}") == [
        "wrong argument count or unexpected line ending after 'copy_headers'"
    ]
