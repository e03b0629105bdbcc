"""Who may import whom: the contracts in pyproject.toml hold, and each of them can be broken."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from locksim.registry import NAMES

REPO = Path(__file__).parents[2]
CONTRACTS = tomllib.loads((REPO / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]

BREACHES = {
    "packages": ("simulators/locksim/engine/seeded_random.py", "import locksim.nuki"),
    **{name: (f"simulators/locksim/{name}/errors.py", f"import locksim.{name}.operations") for name in NAMES},
    "remotelock-hardware": (
        "simulators/locksim/remotelock/hardware/base.py",
        "import locksim.remotelock.hardware.lock",
    ),
    "engine": ("simulators/locksim/engine/errors.py", "import locksim.engine.world"),
    "storage": ("simulators/locksim/storage/store.py", "import locksim.storage.sqlite"),
    "console": ("simulators/locksim/console/files.py", "import locksim.console.story"),
    "cli": ("simulators/locksim/cli/errors.py", "import locksim.cli.serve"),
    "server": ("simulators/locksim/server/config.py", "import locksim.server.listener"),
    "mcp": ("simulators/locksim/mcp/checks.py", "import locksim.mcp.tools"),
    "inprocess": ("simulators/locksim/inprocess/endpoints.py", "import locksim.inprocess.pipe"),
    "http": ("simulators/locksim/http/tls.py", "import locksim.http.connection"),
    **{
        contract["id"]: (
            f"contracts/lockpact/{contract['id'].removesuffix('-pact')}/port.py",
            f"import lockpact.{contract['id'].removesuffix('-pact')}.laws",
        )
        for contract in CONTRACTS
        if contract["id"].endswith("-pact")
    },
    "api": ("simulators/locksim/api/query.py", "import locksim.api.context"),
    "noke-operations": ("simulators/locksim/noke/operations/request.py", "import locksim.noke.operations.locks"),
    "remotelock-operations": (
        "simulators/locksim/remotelock/operations/common.py",
        "import locksim.remotelock.operations.persons",
    ),
    "remotelock-rules": ("simulators/locksim/remotelock/rules/accesses.py", "import locksim.remotelock.rules.persons"),
    "codelocks-laws": ("contracts/lockpact/codelocks/laws/codes.py", "import lockpact.codelocks.laws.quota"),
    "lockt-laws": ("contracts/lockpact/lockt/laws/exchanges.py", "import lockpact.lockt.laws.events"),
    "noke-laws": ("contracts/lockpact/noke/laws/codes.py", "import lockpact.noke.laws.answers"),
    "nuki-laws": ("contracts/lockpact/nuki/laws/states.py", "import lockpact.nuki.laws.actions"),
    "remotelock-laws": (
        "contracts/lockpact/remotelock/laws/authorization.py",
        "import lockpact.remotelock.laws.people",
    ),
    "virtual-time": (
        "contracts/lockpact/driving/virtual_time/thread_scheduler.py",
        "import lockpact.driving.virtual_time.event_loop",
    ),
    "pure": ("simulators/locksim/nuki/state.py", "import flask"),
    "core": ("simulators/locksim/engine/faults.py", "import asyncio"),
    "laws": ("contracts/lockpact/nuki/laws/__init__.py", "import locksim.engine.seeded_random"),
    "simulators": ("contracts/lockpact/cli/main.py", "import locksim.registry"),
    "plugin": ("contracts/lockpact/pytest_plugin.py", "import hypothesis"),
    "lockpact": ("contracts/lockpact/core/law.py", "import lockpact.report.model"),
    "lockpact-core": ("contracts/lockpact/core/traffic.py", "import lockpact.core.pact"),
    "lockpact-report": ("contracts/lockpact/report/model.py", "import lockpact.report.writer"),
    "lockpact-driving": ("contracts/lockpact/driving/stage.py", "import lockpact.driving.driver"),
    "lockpact-simulators": ("contracts/lockpact/simulators/world.py", "import lockpact.simulators.stage"),
    "lockpact-programs": ("contracts/lockpact/programs/port_types.py", "import lockpact.programs.values"),
    "lockpact-live": ("contracts/lockpact/live/stage.py", "import lockpact.live.permission"),
    "lockpact-drift": ("contracts/lockpact/drift/operations.py", "import lockpact.drift.compare"),
    "lockpact-record": ("contracts/lockpact/record/recording.py", "import lockpact.record.run"),
    "lockpact-cli": ("contracts/lockpact/cli/arguments.py", "import lockpact.cli.main"),
}
"""contract → a file, and the line which there breaks it."""


def verdicts(root: Path) -> dict[str, str]:
    """name of each contract → KEPT or BROKEN, for the tree at `root`."""
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--no-logo"],
        cwd=root,
        env={"PYTHONPATH": f"{root}/simulators:{root}/contracts", "PATH": "/usr/bin:/bin", "COLUMNS": "300"},
        capture_output=True,
        text=True,
        check=False,
    )
    found = dict(re.findall(r"^(.+?) (KEPT|BROKEN)", done.stdout, re.MULTILINE))
    assert found, done.stdout + done.stderr
    return found


def test_every_contract_is_kept() -> None:
    assert set(verdicts(REPO).values()) == {"KEPT"}


def test_every_contract_can_be_broken(tmp_path: Path) -> None:
    for folder in ("simulators", "contracts"):
        shutil.copytree(REPO / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(REPO / "pyproject.toml", tmp_path)
    for place, line in BREACHES.values():
        file = tmp_path / place
        file.write_text(f"{file.read_text()}\n{line}\n")
    names = {contract["id"]: contract["name"] for contract in CONTRACTS}
    found = verdicts(tmp_path)
    assert {id_: found[name] for id_, name in names.items()} == dict.fromkeys(BREACHES, "BROKEN")


def test_every_vendor_is_held_to_layers() -> None:
    held = {contract["id"]: contract for contract in CONTRACTS}
    assert {name: held[name]["containers"] for name in NAMES} == {name: [f"locksim.{name}"] for name in NAMES}
    assert {name: held[f"{name}-pact"]["containers"] for name in NAMES} == {
        name: [f"lockpact.{name}"] for name in NAMES
    }
    modules = {
        f"locksim.{name}.{module}"
        for name in NAMES
        for module in ("state", "errors", "serialization", "auth", "seed", "devices")
    }
    assert modules <= set(held["pure"]["source_modules"])


def test_every_package_has_a_contract_of_its_own() -> None:
    """Each package with more than one module is the container of an exhaustive layers contract."""
    held = {container for contract in CONTRACTS if contract.get("exhaustive") for container in contract["containers"]}
    roots = [REPO / "simulators" / "locksim", REPO / "contracts" / "lockpact"]
    packages = {
        ".".join(folder.relative_to(root.parent).parts)
        for root in roots
        for folder in root.rglob("*")
        if (folder / "__init__.py").exists() and len(list(folder.glob("*.py"))) > 2
    }
    assert sorted(packages - held) == []


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract["id"])
def test_a_breach_is_known_for_every_contract(contract: dict[str, str]) -> None:
    assert contract["id"] in BREACHES
