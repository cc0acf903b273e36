"""company.toml and the environment: what may be set, and what a mistake is told."""

from datetime import date
from pathlib import Path

import pytest

from ingest.errors import HomeInvalid
from ingest.home import CompanyHome
from orchestration.resources import open_session
from orchestration.settings import read_settings
from orchestration.steps import StepLog

GOOD = '[company]\nname = "Acme"\ntime_zone = "Asia/Shanghai"\ncurrency = "CNY"\ncalendar_start = 2024-01-01\n'


@pytest.fixture
def home(tmp_path: Path) -> CompanyHome:
    (tmp_path / "company.toml").write_text(GOOD)
    return CompanyHome(tmp_path)


def test_what_is_not_said_has_a_default(home: CompanyHome) -> None:
    settings = read_settings(home)
    assert settings.company.calendar_start == date(2024, 1, 1)
    assert settings.credit.opportunities == "customer_territory"
    assert settings.refresh.schedule == "0 3 * * *"
    assert settings.landing.max_file_mb == 2048


def test_the_environment_wins_over_the_file(home: CompanyHome, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAILIWICK_REFRESH__SCHEDULE", "30 2 * * 1-5")
    monkeypatch.setenv("BAILIWICK_COMPANY__CURRENCY", "EUR")
    settings = read_settings(home)
    assert settings.refresh.schedule == "30 2 * * 1-5"
    assert (settings.company.currency, settings.company.name) == ("EUR", "Acme")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (GOOD.replace("Asia/Shanghai", "Beijing"), ["company.time_zone", "'Beijing' is no time zone", "Asia/Shanghai"]),
        (GOOD.replace("CNY", "RMB"), ["company.currency", "'RMB' is no ISO 4217 currency code"]),
        (GOOD.replace('name = "Acme"\n', ""), ["company.name", "Field required"]),
        (GOOD + '[credit]\nopportunities = "the_boss"\n', ["credit.opportunities", "customer_territory"]),
        (GOOD + '[refresh]\nschedule = "nightly"\n', ["refresh.schedule", "0 3 * * *"]),
        (GOOD + "[landing]\nmax_file_mb = 0\n", ["landing.max_file_mb", "greater than 0"]),
        (GOOD + "[landing]\nmax_megabytes = 5\n", ["landing.max_megabytes", "Extra inputs are not permitted"]),
        (GOOD + '[creditt]\nopportunities = "own_field"\n', ["unknown section(s) creditt", "known: company, credit"]),
        (GOOD + "[company\n", ["not readable TOML"]),
    ],
)
def test_a_setting_that_does_not_fit_is_named(home: CompanyHome, text: str, words: list[str]) -> None:
    home.settings_path.write_text(text)
    with pytest.raises(HomeInvalid) as refused:
        read_settings(home)
    for word in words:
        assert word in str(refused.value)


def test_no_geocoder_is_asked_unless_one_is_named(home: CompanyHome) -> None:
    assert read_settings(home).geocoder.provider is None


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ('provider = "amap"\nkey = "abc"', ["a key does not belong in company.toml", "BAILIWICK_AMAP_KEY"]),
        ('provider = "nominatim"', ["demands to know who asks", "contact"]),
        ('provider = "google"', ["geocoder.provider"]),
        ('provider = "photon"\nbudgets = 5', ["unknown setting(s) budgets", "budget"]),
    ],
)
def test_a_geocoder_that_cannot_be_asked_so_is_told_before_anything_is_read(home: CompanyHome, section: str, words: list[str]) -> None:
    home.settings_path.write_text(f"{GOOD}\n[geocoder]\n{section}\n")
    with pytest.raises(HomeInvalid) as caught:
        read_settings(home)
    assert all(word in str(caught.value) for word in words)
    assert "abc" not in str(caught.value)


def test_a_geocoder_without_its_key_stops_the_refresh_before_any_work(home: CompanyHome, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BAILIWICK_AMAP_KEY", raising=False)
    home.settings_path.write_text(f'{GOOD}\n[geocoder]\nprovider = "amap"\n')
    home.sources.mkdir()
    with pytest.raises(HomeInvalid, match="BAILIWICK_AMAP_KEY is not set"), open_session(home.root, asked_date=None, steps=StepLog()):
        pass
    assert not home.warehouse_path.exists()
