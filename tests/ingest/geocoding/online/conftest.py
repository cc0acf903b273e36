"""A server on this machine that speaks as the four providers do, and what they say of one invented address each.

No test asks anything else: every geocoder here is given the address of this server.
"""

import json
import socket
import threading
from collections import deque
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import polars as pl
import pytest

from ingest.geocoding.online.amap import AMap
from ingest.geocoding.online.answers import ANSWER_SCHEMA
from ingest.geocoding.online.baidu import Baidu
from ingest.geocoding.online.one_call import OneCall
from ingest.geocoding.online.providers import make_geocoder
from ingest.geocoding.online.question import QUESTION_SCHEMA
from ingest.geocoding.online.settings import OnlineSettings, ProviderKeys

KEY = "a-key-that-nobody-may-see"
NOMINATIM_PLACE = {
    "place_id": 4711, "licence": "Data © OpenStreetMap contributors, ODbL 1.0.", "osm_type": "node", "osm_id": 815, "lat": "48.1371",
    "lon": "11.5754", "class": "place", "type": "house", "place_rank": 30, "importance": 0.00007, "addresstype": "place", "name": "",
    "display_name": "12, Beispielweg, München, Bayern, 80331, Deutschland",
    "address": {"house_number": "12", "road": "Beispielweg", "city": "München", "country": "Deutschland", "country_code": "de"},
    "boundingbox": ["48.1370", "48.1372", "11.5753", "11.5755"],
}  # fmt: skip
PHOTON_PLACE = {
    "type": "Feature",
    "geometry": {"type": "Point", "coordinates": [11.5754, 48.1371]},
    "properties": {
        "osm_type": "N", "osm_id": 815, "osm_key": "place", "osm_value": "house", "type": "house", "housenumber": "12",
        "street": "Beispielweg", "postcode": "80331", "city": "München", "state": "Bayern", "country": "Deutschland", "countrycode": "DE",
    },
}  # fmt: skip
AMAP_PLACE = {
    "formatted_address": "上海市浦东新区样例路8号", "country": "中国", "province": "上海市", "citycode": "021", "city": "上海市",
    "district": "浦东新区", "township": [], "neighborhood": {"name": [], "type": []}, "building": {"name": [], "type": []},
    "adcode": "310115", "street": "样例路", "number": "8号", "location": "121.531542,31.175304", "level": "门址",
}  # fmt: skip
BAIDU_PLACE = {
    "location": {"lng": 121.53801569, "lat": 31.18132861}, "precise": 1, "confidence": 80, "comprehension": 100, "level": "门址",
}  # fmt: skip


def _baidu(place: Any) -> dict[str, Any]:
    return {"status": 0, "result": place}


def _amap(place: Any) -> dict[str, Any]:
    return {"status": "1", "info": "OK", "infocode": "10000", "count": "1", "geocodes": [place]}


BODIES = {
    "nominatim": {"found": [NOMINATIM_PLACE], "empty": []},
    "photon": {
        "found": {"type": "FeatureCollection", "features": [PHOTON_PLACE]},
        "empty": {"type": "FeatureCollection", "features": []},
    },
    "amap": {"found": _amap(AMAP_PLACE), "empty": {"status": "1", "info": "OK", "infocode": "10000", "count": "0", "geocodes": []}},
    "baidu": {"found": _baidu(BAIDU_PLACE), "empty": {"status": 1, "msg": "Internal Service Error:无相关结果", "results": []}},
}


class LocalProvider:
    """What the server answers next (`queue`, then `default`), and what it was asked (`asked`: path and parameters)."""

    def __init__(self) -> None:
        self.queue: deque[dict[str, Any]] = deque()
        self.default: dict[str, Any] = {"body": b"[]"}
        self.asked: list[tuple[str, dict[str, list[str]]]] = []
        self.headers: list[dict[str, str]] = []
        self.over = threading.Event()
        self.domain = ""

    def says(self, body: Any = None, *, status: int = 200, delay: float = 0, headers: dict[str, str] | None = None, times: int = 0) -> None:
        """Answer so: the next `times` requests, or (0) all without an answer of their own. `body`: JSON, or bytes as they are."""
        data = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        answer = {"body": data, "status": status, "delay": delay, "headers": headers or {}}
        if times:
            self.queue.extend([answer] * times)
        else:
            self.default = answer


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is part of the tests."""


@pytest.fixture(autouse=True)
def no_other_host(monkeypatch):
    """A test that would ask anybody else fails."""
    look_up = socket.getaddrinfo

    def only_here(host: Any, *args: Any, **options: Any) -> Any:
        assert host == "127.0.0.1", f"a test asks {host}"
        return look_up(host, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", only_here)


@pytest.fixture
def provider(monkeypatch):
    """A LocalProvider that listens on 127.0.0.1; no proxy of the machine stands between."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    local = LocalProvider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            local.asked.append((parts.path, parse_qs(parts.query)))
            local.headers.append(dict(self.headers))
            answer = local.queue.popleft() if local.queue else local.default
            local.over.wait(answer.get("delay", 0))
            self.send_response(answer.get("status", 200))
            for name, value in {"Content-Type": "application/json;charset=utf-8", **answer.get("headers", {})}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer["body"])

        def log_message(self, *args: Any) -> None:
            """The tests' output is for the tests."""

    server = _Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    local.domain = f"127.0.0.1:{server.server_address[1]}"
    yield local
    local.over.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def online(provider):
    """Settings and geocoder of a provider's name, both for the local server."""

    def made(name: str, *, security_key: str | None = None, **values: Any):
        own = name in ("nominatim", "photon")
        server = {"domain": provider.domain, "scheme": "http"} if own else {}
        settings = OnlineSettings(provider=name, **({"requests_per_second": 1000, "timeout_seconds": 2, "attempts": 2} | server | values))
        if own:
            return settings, make_geocoder(settings, ProviderKeys())
        options = {"timeout": settings.timeout_seconds, "adapter_factory": OneCall, "scheme": "http", "domain": provider.domain}
        kind = AMap if name == "amap" else Baidu
        return settings, kind(KEY, **options, **({"security_key": security_key} if security_key else {}))

    return made


@pytest.fixture
def bodies():
    """What each provider says where it finds a place, and where it does not."""
    return BODIES


@pytest.fixture
def key() -> str:
    return KEY


@pytest.fixture
def questions():
    """A table of questions; of the country that the provider's body lies in."""

    def made(provider: str, *names: str, priorities: tuple[int, ...] = ()) -> pl.DataFrame:
        country = "CN" if provider in ("amap", "baidu") else "DE"
        rows = [
            (f"{country} {name}", name, country, priority) for name, priority in zip(names, priorities or (1,) * len(names), strict=True)
        ]
        return pl.DataFrame(rows, schema=QUESTION_SCHEMA, orient="row")

    return made


@pytest.fixture
def nothing_known() -> pl.DataFrame:
    return pl.DataFrame(schema=ANSWER_SCHEMA)


@pytest.fixture
def night() -> date:
    return date(2026, 11, 20)
