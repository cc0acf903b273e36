"""Settings of the online geocoder: the table [geocoder] of company.toml, and the keys, which stand in the environment only.

Here: which provider is asked, how often, how patiently, and where its key is read. Not here: what each provider's terms are and how it
is made (providers.py), how company.toml is read (orchestration/settings.py).

Off unless a provider is named: then addresses (never names of customers or people) leave the house.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from ingest.errors import HomeInvalid

KEY_VARIABLES = {"baidu": "BAILIWICK_BAIDU_KEY", "amap": "BAILIWICK_AMAP_KEY"}
SECURITY_KEY_VARIABLE = "BAILIWICK_BAIDU_SECURITY_KEY"
PUBLIC_DOMAINS = {
    "nominatim": "nominatim.openstreetmap.org", "photon": "photon.komoot.io",
    "baidu": "api.map.baidu.com", "amap": "restapi.amap.com",
}  # fmt: skip
# Nominatim's public server: an absolute maximum of one a second. Photon's names no number: the same. Keys of Baidu and AMap allow about
# three a second when they are new (2026-11-22); a key with more says so in its provider's console.
REQUESTS_PER_SECOND = {"nominatim": 1.0, "photon": 1.0, "baidu": 2.0, "amap": 2.0}
_OWN_SERVERS = ("nominatim", "photon")
_KEY_NAMES = re.compile(r"(?i)^(?:.*_)?(?:keys?|ak|sk|sn|secret|token|password|apikey)$")


class OnlineSettings(BaseModel):
    """The table [geocoder] of company.toml. Without `provider` nothing is ever asked."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    provider: Literal["nominatim", "photon", "baidu", "amap"] | None = None
    budget: int = Field(default=200, ge=1, le=100_000)
    """Calls a night, retries included."""
    contact: str = ""
    """E-mail address or web page of whoever runs this; part of the User-Agent. Nominatim's public server demands one."""
    user_agent: str = "Bailiwick"
    domain: str = ""
    """Host (port and path, if need be) of an own Nominatim or Photon; empty: the public server."""
    scheme: Literal["https", "http"] = "https"
    timeout_seconds: float = Field(default=10.0, gt=0, le=120)
    requests_per_second: float | None = Field(default=None, gt=0, le=1000)
    """Calls a second at most; without it as many as the provider's terms allow."""
    attempts: int = Field(default=2, ge=1, le=10)
    """Calls for one address in one night, where the provider is silent or broken."""
    attempts_in_all: int = Field(default=6, ge=1, le=100)
    """Failed calls after which an address is given up."""

    @model_validator(mode="before")
    @classmethod
    def _known_names_and_no_keys(cls, values: Any) -> Any:
        if not isinstance(values, Mapping):
            return values
        keys = sorted(str(name) for name in values if _KEY_NAMES.match(str(name)))
        if keys:
            raise ValueError(
                f"{', '.join(keys)}: a key does not belong in company.toml, which is copied and shared. "
                f"Take it out and set {' or '.join(KEY_VARIABLES.values())} in the environment of the refresh"
            )
        unknown = sorted(str(name) for name in values if name not in cls.model_fields)
        if unknown:
            raise ValueError(f"unknown setting(s) {', '.join(unknown)}; known: {', '.join(sorted(cls.model_fields))}")
        return values

    @field_validator("contact", "user_agent")
    @classmethod
    def _fits_a_header(cls, value: str) -> str:
        if not re.fullmatch(r"[\x20-\x7e]{0,200}", value):
            raise ValueError("it is sent as User-Agent: plain ASCII letters, 200 at most, no line breaks")
        return value.strip()

    @field_validator("domain")
    @classmethod
    def _is_a_host(cls, value: str) -> str:
        if value and not re.fullmatch(r"[A-Za-z0-9.-]+(?::\d{1,5})?(?:/[\w./-]*)?", value):
            raise ValueError("a host was expected, such as maps.example.com or localhost:8080, without https:// and without a password")
        return value.strip("/")

    @model_validator(mode="after")
    def _fits_the_provider(self) -> "OnlineSettings":
        provider = self.provider
        if self.domain and provider and provider not in _OWN_SERVERS:
            raise ValueError(f"domain is for an own Nominatim or Photon; {provider} is asked at {PUBLIC_DOMAINS[provider]}")
        if self.scheme == "http" and not self.domain:
            raise ValueError("scheme http is for an own server: name it as domain, or leave scheme out")
        if provider == "nominatim" and self.is_public:
            if not self.contact:
                raise ValueError("Nominatim's public server demands to know who asks: set contact to an e-mail address or a web page")
            if (self.requests_per_second or 0) > REQUESTS_PER_SECOND["nominatim"]:
                raise ValueError("Nominatim's public server allows one request a second: lower requests_per_second, or set domain")
        return self

    @property
    def is_public(self) -> bool:
        """Whether the provider's public server is asked."""
        return not self.domain or (self.provider is not None and self.domain.lower() == PUBLIC_DOMAINS[self.provider])

    @property
    def pace(self) -> float:
        """Calls a second at most."""
        return self.requests_per_second or REQUESTS_PER_SECOND[self.provider or "nominatim"]

    @property
    def full_user_agent(self) -> str:
        """The User-Agent that is sent: who asks, and how to reach them."""
        name = self.user_agent or "Bailiwick"
        return f"{name} ({self.contact})" if self.contact else name


@dataclass(frozen=True, kw_only=True)
class ProviderKeys:
    """The keys of one provider; they stand in no message, no log and no table."""

    key: str = field(default="", repr=False)
    security_key: str | None = field(default=None, repr=False)


def read_online_settings(table: Mapping[str, Any]) -> OnlineSettings:
    """The settings of a [geocoder] table. Raises HomeInvalid with every problem at once."""
    try:
        return OnlineSettings.model_validate(dict(table))
    except ValidationError as error:
        found = [(".".join(str(part) for part in ("geocoder", *e["loc"])), e["msg"].removeprefix("Value error, ")) for e in error.errors()]
        lines = [f"{where}: {what}" for where, what in found]
        raise HomeInvalid(
            "\n  ".join([f"HomeInvalid: {len(lines)} setting(s) of the online geocoder in company.toml do not fit:", *lines])
            + "\n  Without a table [geocoder] no geocoder is asked."
        ) from None


def read_keys(settings: OnlineSettings, environment: Mapping[str, str] | None = None) -> ProviderKeys:
    """The keys that the provider needs, from the environment (`environment`: instead of the process's, for tests).

    Raises HomeInvalid where one is missing: call it before a refresh does any work.
    """
    environment = os.environ if environment is None else environment
    variable = KEY_VARIABLES.get(settings.provider or "")
    if variable is None:
        return ProviderKeys()
    key = environment.get(variable, "").strip()
    if not key:
        raise HomeInvalid(
            f"HomeInvalid: company.toml names {settings.provider} as geocoder, and the environment variable {variable} is not set.\n"
            f"  Expected: the key that {settings.provider} gave you, in the environment of `bailiwick refresh` and never in a file.\n"
            f"  Set {variable}, or take `provider` out of [geocoder]: places are then found offline only."
        )
    security_key = environment.get(SECURITY_KEY_VARIABLE, "").strip() if settings.provider == "baidu" else ""
    return ProviderKeys(key=key, security_key=security_key or None)
