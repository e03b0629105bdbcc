"""What is shipped, and that it can be installed next to a user's own folders `contracts`, `simulators` and `fixtures`."""

import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from configparser import ConfigParser
from dataclasses import dataclass
from pathlib import Path

import pytest

from locksim.registry import NAMES

REPO = Path(__file__).parents[2]
SOURCES = {"locksim": REPO / "simulators", "lockpact": REPO / "contracts"}
PLAIN = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}

# One worker builds once for all tests of this file.
pytestmark = pytest.mark.xdist_group("wheel")


@dataclass
class Built:
    wheel: Path
    sdist: Path


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The source distribution, and the wheel made from it: what is missing in the one is missing in the other."""
    out = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", out, REPO)
    return Built(*out.glob("*.whl"), *out.glob("*.tar.gz"))


@pytest.fixture(scope="module")
def wheel(built: Built) -> zipfile.ZipFile:
    return zipfile.ZipFile(built.wheel)


def run(*command: object, cwd: Path | None = None, **variables: str) -> str:
    """What the command printed; its error text fails the test."""
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=PLAIN | variables, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_nothing_but_the_two_packages_is_at_the_top(wheel: zipfile.ZipFile) -> None:
    tops = {name.split("/")[0] for name in wheel.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"locksim", "lockpact"}
    assert len(tops) == 3


@pytest.mark.parametrize("package", SOURCES)
def test_every_file_of_a_package_is_in_the_wheel(wheel: zipfile.ZipFile, package: str) -> None:
    root = SOURCES[package]
    ours = {str(p.relative_to(root)) for p in (root / package).rglob("*") if p.is_file() and p.suffix != ".pyc"}
    assert {name for name in wheel.namelist() if name.startswith(f"{package}/")} == ours


@pytest.mark.parametrize("package", SOURCES)
def test_types_are_shipped(wheel: zipfile.ZipFile, package: str) -> None:
    assert f"{package}/py.typed" in wheel.namelist()


def test_each_vendor_ships_its_openapi_document_and_its_evidence(wheel: zipfile.ZipFile) -> None:
    shipped = set(wheel.namelist())
    wanted = {f"locksim/{vendor}/{file}" for vendor in NAMES for file in ("openapi.yaml", "FIDELITY.md")}
    assert len(wanted) == 10
    assert sorted(wanted - shipped) == []


def test_the_commands_and_the_plugin_are_entry_points(wheel: zipfile.ZipFile) -> None:
    (name,) = (name for name in wheel.namelist() if name.endswith("/entry_points.txt"))
    points = ConfigParser()
    points.read_string(wheel.read(name).decode())
    assert dict(points["console_scripts"]) == {"locksim": "locksim.cli:main", "lockpact": "lockpact.cli.main:main"}
    assert dict(points["pytest11"]) == {"lockpact": "lockpact.pytest_plugin"}


def test_the_source_distribution_can_be_tested_and_holds_nothing_made(built: Built) -> None:
    with tarfile.open(built.sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"Makefile", "LICENSE", "README.md", "conftest.py", "pyproject.toml", "tests/project/test_wheel.py"} <= names
    made = (".venv", ".git/", "dist", "__pycache__", ".mypy_cache", ".hypothesis")
    assert not [name for name in names if name.startswith(made) or "__pycache__" in name]


@dataclass
class Project:
    """A user's project with an environment of its own, where the wheel is installed."""

    home: Path
    bin: Path
    environment: Path


@pytest.fixture(scope="module")
def project(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Project:
    home, environment = tmp_path_factory.mktemp("project"), tmp_path_factory.mktemp("environment")
    for folder in ("contracts", "simulators", "fixtures"):
        (home / folder).mkdir()
        (home / folder / "__init__.py").write_text('OWNER = "the user"\n')
    venv.create(environment, symlinks=True)
    python = environment / "bin" / "python"
    run(sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-index", "--no-deps", built.wheel)
    # Dependencies come from this test's environment, so no network is needed. Its own path files, which name our
    # sources, are not read there: the wheel is what is imported.
    (site_packages,) = environment.glob("lib/python*/site-packages")
    (site_packages / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return Project(home, environment / "bin", environment)


def test_a_users_folders_keep_their_names(project: Project) -> None:
    say = "import contracts, fixtures, simulators; print(contracts.OWNER, fixtures.OWNER, simulators.OWNER)"
    assert run(project.bin / "python", "-c", say, cwd=project.home) == "the user the user the user\n"


@pytest.mark.parametrize("package", SOURCES)
def test_the_packages_are_those_of_the_wheel(project: Project, package: str) -> None:
    place = run(project.bin / "python", "-c", f"import {package}; print({package}.__file__)", cwd=project.home)
    assert Path(place).is_relative_to(project.environment)


@pytest.mark.parametrize("command", ["locksim", "lockpact"])
def test_the_commands_run(project: Project, command: str) -> None:
    assert f"usage: {command}" in run(project.bin / command, "--help", cwd=project.home)


def test_the_fixtures_are_there_without_a_word_of_configuration(project: Project) -> None:
    (project.home / "test_theirs.py").write_text(
        "import contracts, simulators, fixtures, httpx\n"
        "def test_theirs(nuki):\n"
        "    with httpx.Client(transport=nuki.transport, base_url=nuki.url) as client:\n"
        "        assert client.get('/list', params=nuki.credentials).status_code == 200\n"
        "    assert contracts.OWNER == simulators.OWNER == fixtures.OWNER\n"
    )
    slow = ("-p", "no:faker", "-p", "no:schemathesis")  # plug-ins of the borrowed environment that are slow to import
    quiet = ("-q", "-p", "no:cacheprovider", "-p", "no:randomly")
    output = run(project.bin / "python", "-m", "pytest", *quiet, *slow, cwd=project.home)
    assert "1 passed" in output
