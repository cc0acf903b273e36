"""How a geocoder's question travels: one HTTP request for one call.

Here: geopy's adapter on urllib. Not here: what is asked (amap.py, baidu.py, geopy), what an answer means (readings.py).

geopy's own choice, where `requests` is installed, repeats a failed request twice, waits as long as a 429 asks it to (an hour, if it says
so) and follows thirty redirects: calls that the nightly budget never sees (2026-11-22, geopy 2.5.0). This one asks once, follows nothing,
reads 1 MiB at most and stops when the time is up, even where a server sends a byte a second. What a server says in an error is not passed
on, for geopy would log it.
"""

import json
import time
from http.client import HTTPException, HTTPResponse
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, HTTPSHandler, ProxyHandler, Request, build_opener

from geopy.adapters import AdapterHTTPError, BaseSyncAdapter
from geopy.exc import GeocoderParseError, GeocoderTimedOut, GeocoderUnavailable, GeopyError

LONGEST_ANSWER = 1 << 20
_PIECE = 1 << 16


class _NoRedirects(HTTPRedirectHandler):
    """A redirect is an error: a geocoder sends none, the log-in page of a network does."""

    def redirect_request(self, *args: Any) -> None:
        return None


class OneCall(BaseSyncAdapter):
    """geopy's adapter_factory. The system's proxies are used unless `proxies` says otherwise."""

    def __init__(self, *, proxies: dict[str, str] | None, ssl_context: Any):
        super().__init__(proxies=proxies, ssl_context=ssl_context)
        self._open = build_opener(ProxyHandler(proxies), HTTPSHandler(context=ssl_context), _NoRedirects()).open

    def get_json(self, url: str, *, timeout: float, headers: dict[str, str]) -> Any:
        """The parsed answer. Raises GeocoderParseError where it is no JSON."""
        text = self.get_text(url, timeout=timeout, headers=headers)
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            raise GeocoderParseError("The answer is not JSON.") from None

    def get_text(self, url: str, *, timeout: float, headers: dict[str, str]) -> str:
        """The answer's text. Raises AdapterHTTPError for a status other than success, and geopy's errors; none of them holds the URL."""
        until = time.monotonic() + timeout
        try:
            with self._open(Request(url, headers=headers), timeout=timeout) as page:
                return _read(page, until)
        except GeopyError:  # geopy's time-out is a TimeoutError as well
            raise
        except HTTPError as error:
            error.close()
            raise AdapterHTTPError(f"HTTP status {error.code}", status_code=error.code, headers={}, text=None) from None
        except TimeoutError:
            raise GeocoderTimedOut("No answer in time.") from None
        except URLError as error:
            if isinstance(error.reason, TimeoutError):
                raise GeocoderTimedOut("No connection in time.") from None
            raise GeocoderUnavailable("No connection.") from None
        except (OSError, HTTPException):
            raise GeocoderUnavailable("The connection broke.") from None


def _read(page: HTTPResponse, until: float) -> str:
    body = bytearray()
    while piece := page.read1(_PIECE):
        body += piece
        if len(body) > LONGEST_ANSWER:
            raise GeocoderParseError("The answer is longer than 1 MiB.")
        if time.monotonic() > until:
            raise GeocoderTimedOut("The answer did not end in time.")
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise GeocoderParseError("The answer is not UTF-8.") from None
