"""The toy world for tests of the ways in."""

from tests.engine.conftest import world

__all__ = ["world"]
