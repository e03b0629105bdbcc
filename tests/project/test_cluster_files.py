"""The files in docs/cluster: they are YAML, and agree with `locksim cluster haproxy` and with the programs' flags."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

import locksim.cli
from locksim import registry
from tests.server.test_command import run

FOLDER = Path(__file__).parents[2] / "docs" / "cluster"
COMPOSE: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yaml").read_text())
OBJECTS: list[dict[str, Any]] = list(yaml.safe_load_all((FOLDER / "kubernetes.yaml").read_text()))
PORTS = {8700} | {site.port for name in registry.NAMES for site in registry.load(name).sites}
NODES = [f"locksim-{letter}" for letter in "abc"]


def command_in(file: str) -> list[str]:
    """Return the words of the command in a file's comment that prints HAProxy's configuration."""
    text = re.sub(r"\s*\\\n#\s*", " ", (FOLDER / file).read_text())
    (found,) = re.findall(r"^#\s+locksim (cluster haproxy .*?)(?: > .*)?$", text, re.MULTILINE)
    return [word.strip("'") for word in str(found).split()]


def test_haproxys_file_is_what_the_command_prints(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, *command_in("compose.yaml"))
    assert code == 0
    assert (FOLDER / "haproxy.cfg").read_text() == out


def test_compose_starts_the_nodes_that_haproxy_knows_and_publishes_its_ports() -> None:
    services = COMPOSE["services"]
    assert services.keys() == {"postgres", "haproxy", *NODES}
    configuration = (FOLDER / "haproxy.cfg").read_text()
    assert set(re.findall(r" (locksim-\w+):8700 check", configuration)) == set(NODES)
    published = set()
    for spread in services["haproxy"]["ports"]:
        address, outside, inside = spread.split(":")
        assert (address, outside) == ("127.0.0.1", inside)
        first, _, last = inside.partition("-")
        published |= set(range(int(first), int(last or first) + 1))
    assert published == PORTS == {int(port) for port in re.findall(r"bind \*:(\d+)", configuration)}
    assert len({services[node]["hostname"] for node in NODES}) == 3


def test_the_containers_commands_are_taken() -> None:
    commands = [COMPOSE["services"][node]["command"] for node in NODES]
    commands += [container["args"] for one in OBJECTS for container in containers(one) if "args" in container]
    assert len(commands) == 4
    for words in commands:
        given = vars(locksim.cli.parser().parse_args(words))
        assert given["public_url"].endswith(":8700")
        assert given["host"] == "0.0.0.0"


def containers(one: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = one["spec"].get("template", {}).get("spec", {}).get("containers", [])
    return found


def test_kubernetes_runs_the_nodes_that_its_haproxy_knows() -> None:
    by_kind = {(one["kind"], one["metadata"]["name"]): one["spec"] for one in OBJECTS}
    nodes = by_kind["StatefulSet", "locksim"]
    assert by_kind["Service", nodes["serviceName"]]["clusterIP"] is None or nodes["serviceName"] == "locksim"
    names = {word.partition("=")[2] for word in command_in("kubernetes.yaml") if word.startswith("locksim-")}
    assert names == {f"locksim-{number}.locksim:8700" for number in range(nodes["replicas"])}
    assert {port["port"] for port in by_kind["Service", "locksim-public"]["ports"]} == PORTS
    drain = locksim.cli.parser().parse_args(["serve"]).drain
    assert nodes["template"]["spec"]["terminationGracePeriodSeconds"] > 2 * drain + 5
    assert all(int(COMPOSE["services"][node]["stop_grace_period"].removesuffix("s")) > 2 * drain + 5 for node in NODES)
    for one in OBJECTS:
        if one["kind"] != "Service":
            assert one["spec"]["selector"]["matchLabels"] == one["spec"]["template"]["metadata"]["labels"]
