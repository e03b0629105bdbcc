"""Act on libraries that are imported later.

A library that nobody imports needs no interception, and importing all of them takes longer than starting the rest.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Sequence
from functools import partial
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

__all__ = ["LateImports"]


class LateImports(MetaPathFinder):
    """Calls a function with itself and the name of each of some modules, right after its first import.

    The function is called in the thread that imports, which holds the module's import lock: it must not wait for a thread that
    imports the same module.
    """

    def __init__(self, names: Collection[str], then: Callable[[LateImports, str], None]) -> None:
        self._names, self._then = frozenset(names), then
        self.active = False
        """Whether it has been started and not stopped. Imports that began before its end still call the function."""

    def start(self) -> None:
        """Act from now on."""
        self.active = True
        sys.meta_path.insert(0, self)

    def stop(self) -> None:
        """Act no longer."""
        self.active = False
        sys.meta_path.remove(self)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return what the other finders return for one of the modules, with a loader that calls the function."""
        if fullname not in self._names:
            return None
        for finder in sys.meta_path:
            if finder is self:
                continue
            spec = finder.find_spec(fullname, path, target)
            if spec is not None and spec.loader is not None:
                spec.loader = _Loader(spec.loader, partial(self._then, self))
                return spec
        return None


class _Loader(Loader):
    """Loads with another loader, which it leaves in the module as if it had never been here."""

    def __init__(self, loader: Loader, then: Callable[[str], None]) -> None:
        self._loader, self._then = loader, then

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Do what the other loader does."""
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        """Do what the other loader does, then call the function."""
        assert module.__spec__ is not None
        module.__spec__.loader = module.__loader__ = self._loader
        self._loader.exec_module(module)
        self._then(module.__name__)
