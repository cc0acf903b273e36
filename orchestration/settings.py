"""Settings: company.toml of a home, and every environment variable there is.

Here: what may be set and what it means. Not here: where things lie (ingest/home.py), rules (rules/*.csv).

Environment variables: BAILIWICK_HOME (which home, where no --home is given), and BAILIWICK_<SECTION>__<NAME> for each setting
of company.toml, e.g. BAILIWICK_REFRESH__SCHEDULE; they win over the file. Keys of online geocoders stand in the environment only:
BAILIWICK_BAIDU_KEY, BAILIWICK_BAIDU_SECURITY_KEY, BAILIWICK_AMAP_KEY. BAILIWICK_WAREHOUSE and BAILIWICK_PUBLISHED are
set by the program for dbt and the dashboard, not by people.
"""

import re
import tomllib
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo, available_timezones

import pycountry
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from ingest.errors import HomeInvalid
from ingest.geocoding.online.settings import OnlineSettings
from ingest.home import CompanyHome

if TYPE_CHECKING:
    from ingest.resolution.parameters import Parameters

HOME_VARIABLE = "BAILIWICK_HOME"
WAREHOUSE_VARIABLE = "BAILIWICK_WAREHOUSE"
PUBLISHED_VARIABLE = "BAILIWICK_PUBLISHED"


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Company(_Section):
    """Who the company is."""

    name: str = Field(min_length=1)
    time_zone: str = "UTC"
    currency: str
    calendar_start: date

    @field_validator("time_zone")
    @classmethod
    def _zone_exists(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError(f"{value!r} is no time zone such as Asia/Shanghai, America/New_York, Europe/Berlin")
        return value

    @field_validator("currency")
    @classmethod
    def _currency_exists(cls, value: str) -> str:
        if pycountry.currencies.get(alpha_3=value) is None:
            raise ValueError(f"{value!r} is no ISO 4217 currency code such as CNY, USD, EUR")
        return value


class Credit(_Section):
    """Whose territory a deal counts for."""

    opportunities: Literal["customer_territory", "rep_territory", "own_field"] = "customer_territory"


class Refresh(_Section):
    """When the nightly refresh runs: five cron fields in the company's time zone."""

    schedule: str = "0 3 * * *"

    @field_validator("schedule")
    @classmethod
    def _five_fields(cls, value: str) -> str:
        if not re.fullmatch(r"\S+( \S+){4}", value):
            raise ValueError(f'{value!r} is no schedule of five fields such as "0 3 * * *" (every night at three)')
        return value


class LandingLimits(_Section):
    """What may come in through landing/."""

    max_file_mb: int = Field(default=2048, gt=0)


class Resolution(_Section):
    """Who is the same customer: a file of weights and limits of the company's own, below the home; without it those of the program."""

    parameters: str | None = None


class Settings(BaseSettings):
    """Everything that can be set for one home. Made by `read_settings`."""

    model_config = SettingsConfigDict(env_prefix="BAILIWICK_", env_nested_delimiter="__", extra="ignore", frozen=True)

    company: Company
    credit: Credit = Credit()
    refresh: Refresh = Refresh()
    landing: LandingLimits = LandingLimits()
    geocoder: OnlineSettings = OnlineSettings()
    resolution: Resolution = Resolution()

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.company.time_zone)


def read_settings(home: CompanyHome) -> Settings:
    """The settings of a home. Raises HomeInvalid with every problem at once."""

    class _HomeSettings(Settings):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return env_settings, TomlConfigSettingsSource(settings_cls, home.settings_path)

    try:
        _check_sections(home.settings_path)
        return _HomeSettings()  # type: ignore[call-arg]
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise HomeInvalid(f"HomeInvalid: company.toml is not readable TOML in UTF-8: {error}") from None
    except ValidationError as error:
        lines = [f"{'.'.join(str(p) for p in e['loc'])}: {e['msg'].removeprefix('Value error, ')}" for e in error.errors()]
        raise HomeInvalid(
            "\n  ".join([f"HomeInvalid: {len(lines)} setting(s) in company.toml do not fit:", *lines])
            + "\n  `bailiwick init` writes a company.toml that explains each setting."
        ) from None


def company_parameters(home: CompanyHome, settings: Settings) -> "Parameters | None":
    """The company's own parameters of resolution, None where it has none. Raises ParametersInvalid."""
    if settings.resolution.parameters is None:
        return None
    from ingest.resolution.parameters import read_parameters  # noqa: PLC0415 - most homes have no file, and a quiet night loads little

    return read_parameters(home.root / settings.resolution.parameters)


def settings_text(home: CompanyHome, settings: Settings) -> str:
    """All that is set, with the text of the company's own parameters: another text, another result."""
    own = home.root / settings.resolution.parameters if settings.resolution.parameters else None
    return settings.model_dump_json() + (own.read_bytes().hex() if own is not None and own.is_file() else "")


def _check_sections(path: Path) -> None:
    # BaseSettings ignores unknown sections so that other BAILIWICK_ variables do no harm; a misspelt section in the file does.
    known = set(Settings.model_fields)
    unknown = sorted(set(tomllib.loads(path.read_text(encoding="utf-8"))) - known)
    if unknown:
        raise HomeInvalid(f"HomeInvalid: company.toml has unknown section(s) {', '.join(unknown)}; known: {', '.join(sorted(known))}.")
