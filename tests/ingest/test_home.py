from pathlib import Path

import pytest

from ingest.errors import HomeInvalid
from ingest.home import CompanyHome, open_home


def test_every_path_of_a_home_lies_below_it_and_nothing_is_made():
    root = Path("nowhere") / "home"
    home = CompanyHome(root)
    paths = {name: getattr(home, name) for name, kind in vars(CompanyHome).items() if isinstance(kind, property)}
    assert all(root in path.parents for path in paths.values())
    assert len(set(paths.values())) == len(paths)
    assert not root.exists()


def test_a_home_is_a_folder_with_a_company_toml(tmp_path):
    (tmp_path / "company.toml").touch()
    assert open_home(tmp_path) == CompanyHome(tmp_path.resolve())


def test_a_path_by_way_of_dots_is_the_same_home(tmp_path):
    (tmp_path / "company.toml").touch()
    (tmp_path / "sub").mkdir()
    assert open_home(tmp_path / "sub" / "..").root == tmp_path.resolve()


@pytest.mark.parametrize("name", ["missing", "file.txt"])
def test_what_is_no_folder_is_refused_with_the_next_step(tmp_path, name):
    (tmp_path / "file.txt").touch()
    with pytest.raises(HomeInvalid, match=rf"there is no folder .*{name}\.(\n|.)*bailiwick init DIR") as caught:
        open_home(tmp_path / name)
    assert caught.value.exit_code == 2


def test_a_folder_without_company_toml_is_refused(tmp_path):
    with pytest.raises(HomeInvalid, match=r"holds no company\.toml, so it is no company home"):
        open_home(tmp_path)
