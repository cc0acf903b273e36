"""Settings the tests of geocoding share."""

from hypothesis import settings

# The first example loads the reference; two cores are shared: no example has a deadline, and every run draws the same ones.
settings.register_profile("bailiwick", deadline=None, derandomize=True)
settings.load_profile("bailiwick")
