"""Which operation a request means, compared with what each vendor's Flask app routes."""

from __future__ import annotations

import re

import pytest
from werkzeug.exceptions import HTTPException

from locksim import registry


@pytest.mark.parametrize("name", registry.NAMES)
def test_an_operation_is_found_as_flask_routes_it(name: str) -> None:
    api, app = registry.api(name), registry.load(name).app()
    paths = {re.sub(r"{[^}]*}", "x7", path) for row in api for path in (row.path, row.short_path) if path}
    paths |= (
        {path.rstrip("/") + "/" for path in paths}
        | {path.rstrip("/") for path in paths}
        | {f"{path}/y" for path in paths}
    )
    found = 0
    for path in sorted(paths):
        for method in ("GET", "POST", "PUT", "DELETE"):
            try:
                expected, _ = app._bind(api.base + path, method).match()  # type: ignore[attr-defined]
            except HTTPException:
                expected = None
            row = api.find(method, api.base + path)
            assert (row.id if row else None) == expected, (method, path)
            found += row is not None
    assert found >= len(list(api))
