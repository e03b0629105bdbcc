"""Other API simulators, each installed next to ours and started on loopback. Those that cannot be installed are skipped.

moto server (IoT things), json-server, mockoon (a data bucket) and MockServer (a CRUD resource) keep state, as we do: as many
things as the bridge has locks. WireMock has a stub in a scenario, so it looks at the scenario's state for each request. Prism
answers from the examples of our own OpenAPI document; mountebank answers one canned list.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from socket import socket

import httpx
import msgspec

from bench.bare import LIST
from bench.load import Load
from bench.serving import ROOT, Served, load, serving

__all__ = ["Peer", "Skipped", "measure", "peers"]

HOME = ROOT / ".venv" / "peers"
MOTO = "moto[server]==5.2.5"
PRISM = "@stoplight/prism-cli@5.14.2"
MOUNTEBANK = "mountebank@2.9.1"
JSON_SERVER = "json-server@1.0.0-beta.15"
MOCKOON = "@mockoon/cli@9.9.0"
WIREMOCK = "wiremock@3.13.2"
MOCKSERVER = "mockserver-node@8.0.0"


class Skipped(Exception):
    """This peer cannot be measured here; the sentence says why."""


@dataclass
class Peer:
    """One that answers a list over HTTP."""

    name: str
    keeps: str
    """What it keeps between requests: state, stubs, nothing."""
    command: list[str | Path]
    url: str
    headers: dict[str, str] = field(default_factory=dict)
    prepare: Callable[[], None] = lambda: None
    """Makes the things that it lists; called when it has answered once."""
    ready: str = ""
    """A URL that answers before it is prepared, if `url` does not."""


@dataclass
class Measured:
    """What was found."""

    first_answer: float
    load: Load
    memory: float


def free_port() -> int:
    """A loopback port that nobody had a moment ago."""
    with socket() as s:
        s.bind(("127.0.0.1", 0))
        port: int = s.getsockname()[1]
        return port


def _run(*command: str | Path) -> None:
    print(f"installing a peer: {Path(command[0]).name} {command[-1]}", file=sys.stderr)
    try:
        done = subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=600, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Skipped(f"{command[0]}: {error}") from None
    if done.returncode:
        # The registry's own words may name it; its exit status is enough here.
        raise Skipped(f"`{Path(command[0]).name}` could not install it (exit status {done.returncode})")


def moto() -> Peer:
    """From PyPI, into an environment of its own."""
    python = HOME / "moto" / "bin" / "python"
    server = python.with_name("moto_server")
    if not server.exists():
        _run(sys.executable, "-m", "venv", HOME / "moto")
        _run(python, "-m", "pip", "install", "--quiet", MOTO)
    port = free_port()
    signed = "AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/iot/aws4_request, SignedHeaders=host, Signature=x"
    things = f"http://127.0.0.1:{port}/things"
    return Peer(
        "moto server, IoT",
        "state",
        [server, "-H", "127.0.0.1", "-p", str(port)],
        things,
        {"Authorization": signed},
        lambda: _make_things(things, {"Authorization": signed}),
    )


def _make_things(things: str, headers: dict[str, str]) -> None:
    for n in range(len(LIST)):
        httpx.post(f"{things}/door-{n}", json={}, headers=headers, trust_env=False).raise_for_status()


def _npm(package: str, file: str) -> Path:
    """Return a file of an npm package, or a program that it installs."""
    home = HOME / "npm" / package.rpartition("@")[0].replace("/", "+")
    folder = home / "node_modules"
    found = folder / file if "/" in file else folder / ".bin" / file
    if not found.exists():
        if not shutil.which("npm"):
            raise Skipped("it needs npm, which is not on this machine")
        home.mkdir(parents=True, exist_ok=True)
        _run("npm", "install", "--prefix", home, "--no-audit", "--no-fund", "--loglevel=error", package)
    return found


def prism() -> Peer:
    """From npm, on our own OpenAPI document."""
    binary = _npm(PRISM, "prism")
    document = ROOT / "simulators" / "locksim" / "nuki" / "openapi.yaml"
    port = free_port()
    command: list[str | Path] = [binary, "mock", "--host", "127.0.0.1", "--port", str(port), document]
    return Peer("prism, our openapi.yaml", "nothing", command, f"http://127.0.0.1:{port}/list?token=abc123")


def mountebank() -> Peer:
    """From npm, with one imposter that answers a list of as many bytes."""
    binary = _npm(MOUNTEBANK, "mb")
    home, port = HOME / "mountebank", free_port()
    home.mkdir(parents=True, exist_ok=True)
    answer = {"is": {"headers": {"Content-Type": "application/json"}, "body": msgspec.json.encode(LIST).decode()}}
    stub = {"predicates": [{"equals": {"path": "/list"}}], "responses": [answer]}
    config = home / "imposters.json"
    config.write_bytes(
        msgspec.json.encode({"imposters": [{"port": port, "protocol": "http", "host": "127.0.0.1", "stubs": [stub]}]})
    )
    command: list[str | Path] = [
        binary, "--host", "127.0.0.1", "--port", str(free_port()), "--configfile", config, "--noParse",
        "--pidfile", home / "mb.pid", "--logfile", home / "mb.log", "--loglevel", "warn",
    ]  # fmt: skip
    return Peer("mountebank", "stubs", command, f"http://127.0.0.1:{port}/list")


def json_server() -> Peer:
    """From npm, with a file of as many things."""
    binary, port = _npm(JSON_SERVER, "json-server"), free_port()
    data = _file("json-server", "db.json", {"list": [{"id": str(lock["nukiId"]), **lock} for lock in LIST]})
    command: list[str | Path] = [binary, data, "--host", "127.0.0.1", "--port", str(port)]
    return Peer("json-server", "state", command, f"http://127.0.0.1:{port}/list")


def mockoon() -> Peer:
    """From npm, with a CRUD route on a data bucket of as many things."""
    binary, port = _npm(MOCKOON, "mockoon-cli"), free_port()
    response = {
        "uuid": "bench-response", "body": "{}", "latency": 0, "statusCode": 200, "label": "", "headers": [], "filePath": "",
        "bodyType": "DATABUCKET", "databucketID": "list", "sendFileAsBody": False, "rules": [], "rulesOperator": "OR",
        "disableTemplating": False, "fallbackTo404": False, "default": True, "crudKey": "nukiId", "callbacks": [],
    }  # fmt: skip
    route = {
        "uuid": "bench-route", "type": "crud", "documentation": "", "method": "", "endpoint": "list",
        "responses": [response], "responseMode": None, "streamingMode": None, "streamingInterval": 0,
    }  # fmt: skip
    bucket = {"uuid": "bench-bucket", "id": "list", "name": "list", "documentation": "", "value": _text(LIST)}
    environment = {
        "uuid": "bench", "lastMigration": 33, "name": "bench", "port": port, "hostname": "127.0.0.1", "endpointPrefix": "",
        "latency": 0, "folders": [], "routes": [route], "rootChildren": [{"type": "route", "uuid": "bench-route"}],
        "proxyMode": False, "proxyHost": "", "proxyRemovePrefix": False, "proxyReqHeaders": [], "proxyResHeaders": [],
        "cors": False, "headers": [], "data": [bucket], "callbacks": [],
        "tlsOptions": {
            "enabled": False, "type": "CERT", "pfxPath": "", "certPath": "", "keyPath": "", "caPath": "", "passphrase": "",
        },
    }  # fmt: skip
    data = _file("mockoon", "environment.json", environment)
    command: list[str | Path] = [binary, "start", "--data", data, "--disable-log-to-file", "--disable-admin-api"]
    return Peer("mockoon", "state", command, f"http://127.0.0.1:{port}/list")


def wiremock() -> Peer:
    """From npm, with a stub that answers in one state of a scenario, and keeps it there. Its request journal is on."""
    jar, port = _npm(WIREMOCK, "wiremock/build/wiremock-standalone-3.13.2.jar"), free_port()
    stub = {
        "scenarioName": "locks", "requiredScenarioState": "Started", "newScenarioState": "Started",
        "request": {"method": "GET", "urlPath": "/list"},
        "response": {"status": 200, "headers": {"Content-Type": "application/json"}, "body": _text(LIST)},
    }  # fmt: skip
    mapping = _file("wiremock/mappings", "list.json", stub)
    command: list[str | Path] = [
        _java(), "-jar", jar, "--bind-address", "127.0.0.1", "--port", str(port), "--disable-banner", "--root-dir",
        mapping.parents[1],
    ]  # fmt: skip
    return Peer("WireMock, a scenario", "a scenario's state", command, f"http://127.0.0.1:{port}/list")


def mockserver() -> Peer:
    """From npm, with a CRUD resource of as many things."""
    jar, port = _npm(MOCKSERVER, "mockserver-node/mockserver-netty-8.0.0-jar-with-dependencies.jar"), free_port()
    url, certificates = f"http://127.0.0.1:{port}", HOME / "mockserver"
    certificates.mkdir(parents=True, exist_ok=True)
    options = {"localBoundIP": "127.0.0.1", "directoryToSaveDynamicSSLCertificate": certificates}
    properties = [f"-Dmockserver.{name}={value}" for name, value in options.items()]
    command: list[str | Path] = [_java(), *properties, "-jar", jar, "-serverPort", str(port), "-logLevel", "WARN"]
    things = {"basePath": "/list", "idField": "nukiId", "initialData": LIST}

    def prepare() -> None:
        httpx.put(f"{url}/mockserver/crud", json=things, trust_env=False).raise_for_status()

    return Peer("MockServer, CRUD", "state", command, f"{url}/list", prepare=prepare, ready=f"{url}/none")


def _java() -> str:
    found = shutil.which("java")
    if found is None:
        raise Skipped("it needs Java, which is not on this machine")
    return found


def _text(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _file(folder: str, name: str, content: object) -> Path:
    """Write a peer's configuration, and return where it is."""
    path = HOME / folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.encode(content))
    return path


def peers() -> Iterator[tuple[str, Peer | Skipped]]:
    """Each with its name; those who cannot be had with the reason."""
    for make in (moto, json_server, mockoon, mockserver, wiremock, prism, mountebank):
        try:
            yield make.__name__, make()
        except Skipped as why:
            yield make.__name__, why


@contextmanager
def running(peer: Peer) -> Iterator[Served]:
    """Started, and with as many things as the bridge has locks."""
    HOME.mkdir(parents=True, exist_ok=True)
    log = HOME / "log.txt"
    try:
        with serving(peer.command, lambda: peer.ready or peer.url, peer.headers, log) as served:
            peer.prepare()
            yield served
    except (TimeoutError, httpx.HTTPError) as why:
        raise Skipped(str(why)) from None


def measure(peer: Peer, seconds: float) -> Measured:
    """Raises Skipped when it does not start, or answers with errors."""
    with running(peer) as served:
        load(peer.url, seconds, headers=peer.headers)  # what compiles itself needs a while
        found = load(peer.url, seconds, headers=peer.headers)
        if found.failures:
            raise Skipped(f"{found.failures} of {found.requests} answers were no 2xx")
        return Measured(served.first_answer, found, served.memory)
