"""What README and CONTRIBUTING promise is there: paths, commands, targets."""

import re
from pathlib import Path

import pytest

from orchestration.cli import main

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def _decisions() -> list[tuple[str, str]]:
    table = README.split("## Where is it decided?", 1)[1].split("\n## ", 1)[0]
    rows = [line.strip("| ").split("|") for line in table.splitlines() if line.startswith("| ")][2:]
    return [(row[0].strip(), path) for row in rows for path in re.findall(r"`([^`]+)`", row[1])]


def test_the_table_of_decisions_answers_every_question_a_stranger_asks() -> None:
    questions = " ".join(question for question, _ in _decisions())
    asked = ("territory", "same customer", "survives", "owned", "pool", "two reps", "win ratio", "see a row", "columns become", "night")
    for word in asked:
        assert word in questions, f"no row of the table speaks of {word!r}"


@pytest.mark.parametrize(("question", "path"), _decisions())
def test_every_place_in_the_table_of_decisions_exists(question: str, path: str) -> None:
    assert (ROOT / path).exists(), f"README, 'Where is it decided?', {question}: {path} does not exist"


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md", "DECISIONS.md", "CHANGELOG.md"])
def test_every_linked_file_exists(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", text):
        assert (ROOT / target).exists(), f"{document} links to {target}, which does not exist"


def test_every_command_in_the_readme_exists() -> None:
    named = set(re.findall(r"\bbailiwick ([a-z-]+)", README)) - {"is"}
    assert named <= set(main.commands), f"README names commands that do not exist: {sorted(named - set(main.commands))}"


def test_every_make_target_in_the_documents_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))
    for document in ("README.md", "CONTRIBUTING.md"):
        named = set(re.findall(r"`make ([a-z-]+)", (ROOT / document).read_text(encoding="utf-8")))
        assert named <= targets, f"{document} names targets that do not exist: {sorted(named - targets)}"
