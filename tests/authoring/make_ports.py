"""Write each vendor's port as JSON Schema and TypeScript into the Node kit. Run by `make generate`.

python -m tests.authoring.make_ports
"""

from __future__ import annotations

import json

from lockpact.core.kits import KITS
from lockpact.core.pact import PACTS, load
from lockpact.programs.json_schema import json_schema
from lockpact.programs.port_types import describe_port
from lockpact.programs.typescript import typescript

FOLDER = KITS / "node" / "ports"


def port_files() -> dict[str, str]:
    """Return the files: name → text."""
    ports = [describe_port(load(vendor)) for vendor in PACTS]
    return {f"{port.vendor}.d.mts": typescript(port) for port in ports} | {
        f"{port.vendor}.schema.json": json.dumps(json_schema(port), indent=2, ensure_ascii=False) + "\n"
        for port in ports
    }


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, text in port_files().items():
        (FOLDER / name).write_text(text, "utf-8")
