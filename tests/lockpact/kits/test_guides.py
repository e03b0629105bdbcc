"""The guides for Go, Java and PHP, followed literally in an empty folder."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from lockpact.codelocks import PACT
from lockpact.core.kits import copy_kit
from lockpact.driving.check import check
from lockpact.programs.start import running
from lockpact.simulators.stage import WorldStage
from tests.lockpact.kits.kit_programs import SHORT_JAVA, SHORT_JAVAC, go_environment
from tests.needs import GO, JAVA, PHP
from tests.project.test_docs_run import REPO, blocks, fits, shown

pytestmark = pytest.mark.xdist_group("kits")


@pytest.mark.parametrize("language", [
    pytest.param("go", marks=pytest.mark.needs(GO)),
    pytest.param("java", marks=pytest.mark.needs(JAVA)),
    pytest.param("php", marks=pytest.mark.needs(PHP)),
])  # fmt: skip
def test_the_guide_finds_what_it_shows(language: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    page = f"docs/guides/{language}.md"
    variables = go_environment(tmp_path_factory.getbasetemp()) | {"JDK_JAVA_OPTIONS": " ".join(SHORT_JAVA)}
    (setup,) = blocks(page, "sh")
    pip, *commands = setup.splitlines()
    assert pip.startswith("pip install 'lockpact[")
    write(page, language, tmp_path)
    for command, output in [*((one, None) for one in commands), *shown(page).items()]:
        words = shlex.split(command)
        if words[0] == "lockpact":
            words[:1] = [sys.executable, "-m", "lockpact"]
        if words[0] == "javac":
            words[1:1] = SHORT_JAVAC
        done = subprocess.run(words, cwd=tmp_path, env=variables, capture_output=True, text=True, check=False)
        assert done.returncode == (1 if output else 0), done.stdout + done.stderr
        assert not output or fits(done.stdout, output), done.stdout


def write(page: str, language: str, folder: Path) -> None:
    """Write the files that a guide shows: the first comment of each is its name."""
    for code in blocks(page, language):
        name = re.search(r"^// ([\w.]+): ", code, re.MULTILINE)
        assert name is not None
        (folder / name[1]).write_text(code, "utf-8")


@pytest.mark.needs(PHP)
def test_the_pact_finds_in_a_plain_php_client_what_it_found_in_a_public_one(tmp_path: Path) -> None:
    """The public library is not part of this repository: docs/codelocks-php.md."""
    write("docs/guides/php.md", "php", tmp_path)
    copy_kit("php", tmp_path, "codelocks")
    with running(PACT, f"php {shlex.quote(str(tmp_path / 'adapter.php'))}") as program:
        stage = partial(WorldStage, PACT, program=program)
        report = check(PACT, program.adapter(), stage, examples=40, shrink=False)
    outcomes = {verdict.law.id: verdict.outcome for verdict in report.verdicts}
    page = (REPO / "docs" / "codelocks-php.md").read_text("utf-8")
    named = {law for row in re.findall(r"^\| (CL-.*?) \|", page, re.MULTILINE) for law in row.split(", ")}
    assert {law: outcomes[law] for law in named} == dict.fromkeys(named, "broken")
    assert outcomes["CL-KEY-1"] == outcomes["CL-MODEL-1"] == "kept"


@pytest.mark.needs(PHP)
def test_the_adapter_of_the_public_library_is_valid_php() -> None:
    php = shutil.which("php")
    assert php is not None
    for adapter in (REPO / "docs" / "adapters").glob("*.php"):
        done = subprocess.run([php, "-l", adapter], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout
