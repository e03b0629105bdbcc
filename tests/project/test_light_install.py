"""What `pip install lockpact` brings, without any extra: an environment is made of those distributions alone."""

from __future__ import annotations

import subprocess
import venv
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

REPO = Path(__file__).parents[2]
MOST_PACKAGES = 20
HEAVY = ("hypothesis", "schemathesis", "rich", "httpx", "requests", "trustme", "jsonschema", "faker")

# One worker makes the environment once for all tests of this file.
pytestmark = pytest.mark.xdist_group("light")


def required(name: str, extras: tuple[str, ...] = ()) -> Iterator[str]:
    """The names of what a distribution requires on this Python, directly."""
    for line in metadata.requires(name) or ():
        one = Requirement(line)
        if one.marker is None or any(one.marker.evaluate({"extra": extra}) for extra in ("", *extras)):
            yield canonicalize_name(one.name)


def closure(*names: str) -> set[str]:
    """These distributions and everything that they require."""
    found: set[str] = set()
    left = list(names)
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            left += required(name)
    return found


@pytest.fixture(scope="module")
def light(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment with nothing but the light install. It needs no network."""
    environment = tmp_path_factory.mktemp("light")
    venv.create(environment, symlinks=True)
    (site_packages,) = environment.glob("lib/python*/site-packages")
    for name in closure("lockpact") - {"lockpact"}:
        distribution = metadata.distribution(name)
        tops = {file.parts[0] for file in distribution.files or () if file.parts[0] not in ("..", "__pycache__")}
        for top in tops:
            if not (site_packages / top).exists():
                (site_packages / top).symlink_to(Path(str(distribution.locate_file(top))))
    made = site_packages / "lockpact-0.dist-info"
    made.mkdir()
    (made / "METADATA").write_text("Metadata-Version: 2.1\nName: lockpact\nVersion: 0\n")
    (made / "entry_points.txt").write_text("[pytest11]\nlockpact = lockpact.pytest_plugin\n")
    (site_packages / "sources.pth").write_text(f"{REPO / 'simulators'}\n{REPO / 'contracts'}\n")
    return environment / "bin" / "python"


def run(python: Path, *arguments: str, cwd: Path, code: int = 0) -> str:
    """What it printed. It must end with this exit code."""
    done = subprocess.run([python, *arguments], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_it_is_at_most_twenty_packages() -> None:
    assert "flask" in closure("lockpact")
    assert len(closure("lockpact")) <= MOST_PACKAGES


def test_the_environment_has_only_the_light_install(light: Path, tmp_path: Path) -> None:
    say = f"import importlib.util as u; print([m for m in {HEAVY} if u.find_spec(m)])"
    assert run(light, "-c", say, cwd=tmp_path) == "[]\n"


def test_the_fixtures_and_interception_work_without_any_http_library(light: Path, tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "import urllib.request\n"
        "def test_it(nuki):\n"
        "    with nuki.world.intercept():\n"
        "        url = f\"{nuki.url}/list?token={nuki.credentials['token']}\"\n"
        "        assert urllib.request.urlopen(url).status == 200\n"
    )
    assert "1 passed" in run(light, "-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=tmp_path)


def test_an_empty_test_loads_none_of_the_simulators(light: Path, tmp_path: Path) -> None:
    (tmp_path / "test_empty.py").write_text(
        "import sys\n"
        "def test_empty():\n"
        "    heavy = ('flask', 'msgspec', 'locksim.engine', 'asyncio', 'nacl', 'urllib.request')\n"
        "    assert [name for name in heavy if name in sys.modules] == []\n"
    )
    assert "1 passed" in run(light, "-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=tmp_path)


@pytest.mark.parametrize("command", [
    "check nuki --adapter a:A", "watch nuki -- true", "conform nuki --url http://127.0.0.1:1", "grade nuki -- true",
    "drift nuki --baseline http://127.0.0.1:1 --candidate http://127.0.0.1:2", "record nuki --url http://127.0.0.1:1",
    "cleanup nuki --url http://127.0.0.1:1",
])  # fmt: skip
def test_a_command_that_needs_the_extra_says_so(light: Path, tmp_path: Path, command: str) -> None:
    start = "import sys; from lockpact.cli.main import main; sys.exit(main())"
    output = run(light, "-c", start, *command.split(), cwd=tmp_path, code=2)
    name = command.split(maxsplit=1)[0]
    assert output.startswith(f"lockpact {name} needs hypothesis, schemathesis, httpx, rich")
    assert output.endswith("run: pip install 'lockpact[pacts]'\n")


def test_an_import_that_needs_the_extra_says_so(light: Path, tmp_path: Path) -> None:
    output = run(light, "-c", "import lockpact; lockpact.assert_keeps", cwd=tmp_path, code=1)
    assert "pip install 'lockpact[pacts]'" in output


def test_the_simulators_are_served_and_listed(light: Path, tmp_path: Path) -> None:
    assert "noke-mixed-is-failure" in run(light, "-m", "locksim", "variants", "noke", cwd=tmp_path)
    assert "needs trustme; install it with: pip install 'lockpact[tls]'" in run(
        light, "-m", "locksim", "serve", "nuki", "--port", "0", "--tls", cwd=tmp_path, code=2
    )
