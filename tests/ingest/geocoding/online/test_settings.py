"""geocoding/online/settings.py: what may be set, and that keys stand in the environment only."""

import pytest
from pydantic import ValidationError

from ingest.errors import HomeInvalid
from ingest.geocoding.online.settings import OnlineSettings, ProviderKeys, read_keys, read_online_settings


def test_without_a_table_nothing_is_asked() -> None:
    assert read_online_settings({}).provider is None


def test_each_provider_has_the_pace_of_its_terms() -> None:
    assert read_online_settings({"provider": "nominatim", "contact": "ops@example.com"}).pace == 1
    assert read_online_settings({"provider": "photon"}).pace == 1
    assert read_online_settings({"provider": "amap"}).pace == 2
    own = {"provider": "nominatim", "domain": "maps.example.com", "requests_per_second": 50}
    assert read_online_settings(own).pace == 50


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ({"provider": "gogle"}, "geocoder.provider"),
        ({"provider": "photon", "bugdet": 5}, "unknown setting(s) bugdet; known: attempts"),
        ({"provider": "amap", "key": "s3cret"}, "key: a key does not belong in company.toml"),
        ({"provider": "baidu", "security_key": "s3cret"}, "BAILIWICK_BAIDU_KEY"),
        ({"provider": "baidu", "ak": "s3cret"}, "does not belong in company.toml"),
        ({"provider": "nominatim"}, "set contact to an e-mail address"),
        ({"provider": "nominatim", "contact": "a@b.example", "requests_per_second": 2}, "allows one request a second"),
        ({"provider": "nominatim", "domain": "Nominatim.openstreetmap.org", "contact": ""}, "set contact"),
        ({"provider": "amap", "domain": "maps.example.com"}, "domain is for an own Nominatim or Photon"),
        ({"provider": "amap", "scheme": "http"}, "scheme http is for an own server"),
        ({"provider": "photon", "domain": "https://maps.example.com"}, "a host was expected"),
        ({"provider": "photon", "domain": "me:s3cret@maps.example.com"}, "a host was expected"),
        ({"provider": "photon", "user_agent": "Ours\r\nX-Other: 1"}, "plain ASCII letters"),
        ({"provider": "photon", "budget": 0}, "geocoder.budget"),
        ({"provider": "photon", "timeout_seconds": -1}, "geocoder.timeout_seconds"),
    ],
)
def test_what_does_not_fit_is_refused_in_a_sentence(table, sentence) -> None:
    with pytest.raises(HomeInvalid) as refused:
        read_online_settings(table)
    assert sentence in str(refused.value)
    assert "s3cret" not in str(refused.value)


def test_a_key_is_not_shown_where_the_settings_are_part_of_others() -> None:
    with pytest.raises(ValidationError) as refused:
        OnlineSettings.model_validate({"provider": "amap", "key": "s3cret"})
    assert "s3cret" not in str(refused.value)


def test_every_problem_is_said_at_once() -> None:
    with pytest.raises(HomeInvalid, match=r"2 setting\(s\)"):
        read_online_settings({"provider": "photon", "budget": 0, "attempts": 0})


def test_a_missing_key_is_said_with_the_name_of_its_variable() -> None:
    with pytest.raises(HomeInvalid, match="BAILIWICK_AMAP_KEY is not set"):
        read_keys(OnlineSettings(provider="amap"), {"BAILIWICK_AMAP_KEY": "  "})


def test_keys_come_from_the_environment_and_are_not_shown() -> None:
    environment = {"BAILIWICK_BAIDU_KEY": "first", "BAILIWICK_BAIDU_SECURITY_KEY": "second", "BAILIWICK_AMAP_KEY": "third"}
    keys = read_keys(OnlineSettings(provider="baidu"), environment)
    assert (keys.key, keys.security_key) == ("first", "second")
    assert "first" not in repr(keys)
    assert "second" not in repr(keys)
    amap = read_keys(OnlineSettings(provider="amap"), environment)
    assert (amap.key, amap.security_key) == ("third", None)


def test_the_process_s_environment_is_read_where_none_is_given(monkeypatch) -> None:
    monkeypatch.setenv("BAILIWICK_AMAP_KEY", "of the process")
    assert read_keys(OnlineSettings(provider="amap")).key == "of the process"


def test_providers_without_keys_need_none() -> None:
    assert read_keys(OnlineSettings(provider="photon"), {}) == ProviderKeys()
    assert read_keys(OnlineSettings(), {}) == ProviderKeys()


def test_the_user_agent_says_who_asks() -> None:
    assert OnlineSettings(provider="nominatim", contact="ops@example.com").full_user_agent == "Bailiwick (ops@example.com)"
