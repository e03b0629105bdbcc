"""Tiny adapters' programs in Python: each is a few lines that go wrong, or right, in one way."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

__all__ = ["PROGRAM", "written"]

PROGRAM = """
import http.client, json, os, sys, time, urllib.error, urllib.request

METHODS = ["lock_state", "list_locks"]
bridge = {}

def send(**message):
    sys.stdout.write(json.dumps({"jsonrpc": "2.0", **message}) + "\\n")
    sys.stdout.flush()

class PortError(Exception):
    pass

def ask(path):
    try:
        with urllib.request.urlopen(f"{bridge['url']}{path}&token={bridge['token']}", timeout=10) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as refused:
        name = {401: "CredentialError", 404: "UnknownLock"}.get(refused.code, "Unavailable")
    except (OSError, ValueError, http.client.HTTPException):
        name = "Unavailable"
    raise PortError(name)

def lock_state(lock):
    state = ask(f"/lockState?nukiId={lock}")
    if not state["success"]:
        raise PortError("Unavailable")
    return {"state": state["state"], "battery_critical": state["batteryCritical"]}

def list_locks():
    locks = ask("/list?")
    if not isinstance(locks, list):
        raise PortError("Failed")
    return [listed(lock, lock.get("lastKnownState") or {}) for lock in locks]

def listed(lock, known):
    battery = bool(known.get("batteryCritical"))
    return {"id": lock["nukiId"], "name": lock["name"], "state": known.get("state"), "battery_critical": battery}

def new(connection):
    bridge.update(url=connection["url"], token=connection["credentials"].get("token", ""))

def answer(method, params):
    if method == "initialize":
        return {"protocol": 1, "methods": METHODS, "clock": "machine"}
    if method == "new":
        return new(params["connection"])
    if method == "call":
        return globals()[params["method"]](**params["arguments"])

%s

for line in sys.stdin:
    message = json.loads(line)
    try:
        result = answer(message["method"], message["params"])
    except PortError as refused:
        send(id=message["id"], error={"code": 1, "message": "no", "data": {"error": str(refused)}})
    except Exception as failed:
        send(id=message["id"], error={"code": 1, "message": str(failed), "data": {"error": type(failed).__name__}})
    else:
        send(id=message["id"], result=result)
"""
"""A plain adapter for Nuki, on the machine's clock. `%s` is where a test changes it."""


def written(folder: Path, change: str = "", program: str = PROGRAM) -> str:
    """Write a program, and return its command."""
    file = folder / "adapter.py"
    file.write_text(program.replace("%s", change))
    return f"{shlex.quote(sys.executable)} -I {shlex.quote(str(file))}"
