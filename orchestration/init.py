"""Making an empty company home in which every file explains itself.

Here: copying the template (home_template/). Not here: the fictional company (ingest/demo).
"""

import shutil
from pathlib import Path

from ingest.errors import HomeInvalid

_TEMPLATE = Path(__file__).parent / "home_template"


def init_home(folder: Path) -> list[Path]:
    """Write the template into `folder`, which must not exist or be empty. Returns the files. Raises HomeInvalid."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise HomeInvalid(f"HomeInvalid: {folder} is not empty; nothing was written.\n  Give a folder that does not exist yet.")
    shutil.copytree(_TEMPLATE, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    return sorted(path for path in folder.rglob("*") if path.is_file())
