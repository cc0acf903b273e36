"""geocoding/online/one_call.py: one request for one call, whatever the server does."""

import socket
import threading
from contextlib import suppress

import pytest
from geopy.adapters import AdapterHTTPError
from geopy.exc import GeocoderParseError, GeocoderTimedOut, GeocoderUnavailable

from ingest.geocoding.online.one_call import LONGEST_ANSWER, OneCall


@pytest.fixture
def call(provider):
    adapter = OneCall(proxies={}, ssl_context=None)
    return lambda timeout=2.0: adapter.get_json(f"http://{provider.domain}/search?q=x", timeout=timeout, headers={"User-Agent": "Ours"})


def test_json_is_read_and_the_headers_are_sent(provider, call) -> None:
    provider.says({"name": "样例路"})
    assert call() == {"name": "样例路"}
    assert provider.headers[0]["User-Agent"] == "Ours"


def test_a_mark_of_byte_order_does_no_harm(provider, call) -> None:
    provider.says(b"\xef\xbb\xbf[1]")
    assert call() == [1]


@pytest.mark.parametrize("body", [b'[{"lat": "48.1', b"<html><body>Sign in</body></html>", b"", b"[" * 100_000, b'["\xff\xfe"]'])
def test_what_is_no_json_is_a_parse_error(provider, call, body) -> None:
    provider.says(body)
    with pytest.raises(GeocoderParseError):
        call()


def test_an_answer_without_end_is_cut_off(provider, call) -> None:
    provider.says(b" " * (LONGEST_ANSWER + 1))
    with pytest.raises(GeocoderParseError, match="longer"):
        call()


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, 503])
def test_a_status_is_told_without_the_server_s_words(provider, call, status) -> None:
    provider.says({"error": "the key a-b-c is wrong"}, status=status, headers={"Retry-After": "3600"})
    with pytest.raises(AdapterHTTPError) as error:
        call()
    assert error.value.status_code == status
    assert "a-b-c" not in str(error.value)
    assert error.value.text is None
    assert len(provider.asked) == 1


def test_a_redirect_is_not_followed(provider, call) -> None:
    provider.says({}, status=302, headers={"Location": f"http://{provider.domain}/login"})
    with pytest.raises(AdapterHTTPError) as error:
        call()
    assert error.value.status_code == 302
    assert [path for path, _ in provider.asked] == ["/search"]


def test_a_silent_server_is_a_time_out_and_is_asked_once(provider, call) -> None:
    provider.says([], delay=0.6)
    with pytest.raises(GeocoderTimedOut):
        call(0.1)
    assert len(provider.asked) == 1


def test_a_server_that_drips_is_a_time_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        over = threading.Event()

        def drip() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                for _ in range(40):
                    if over.wait(0.05):
                        return
                    with suppress(OSError):
                        connection.sendall(b" ")

        thread = threading.Thread(target=drip)
        thread.start()
        with pytest.raises(GeocoderTimedOut, match="did not end"):
            OneCall(proxies={}, ssl_context=None).get_json(f"http://127.0.0.1:{listening.getsockname()[1]}/", timeout=0.3, headers={})
        over.set()
        thread.join()


def test_nobody_there_is_unavailable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    with pytest.raises(GeocoderUnavailable):
        OneCall(proxies={}, ssl_context=None).get_json(f"http://127.0.0.1:{port}/", timeout=1, headers={})
