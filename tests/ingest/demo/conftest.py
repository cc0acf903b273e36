"""Worlds that several tests look at."""

from datetime import date

import pytest

from ingest.demo.company import invent_company

LAST_NIGHT = date(2026, 6, 30)


@pytest.fixture(scope="session")
def usual_company():
    """400 customers and 30 nights: small, and with everything in it."""
    return invent_company(customers=400, nights=30, seed=7, last_night=LAST_NIGHT)


@pytest.fixture(scope="session")
def short_company():
    """600 customers and three nights."""
    return invent_company(customers=600, nights=3, seed=11, last_night=LAST_NIGHT)
