"""The kits: what makes an adapter in another language short. They are copied into a user's project, never imported.

They lie in the package, so that an installed lockpact can copy them without a network, in the version that fits it.
"""

from __future__ import annotations

import shutil
from pathlib import Path

__all__ = ["KITS", "copy_kit", "kits"]

KITS = Path(__file__).parents[1] / "kits"
"""The folder with one folder for each language."""
_PORTS = "ports"
"""The folder of a kit that has something for each vendor: files named `<vendor>.…`."""


def kits() -> list[str]:
    """Return the languages that have a kit."""
    return sorted(folder.name for folder in KITS.iterdir() if folder.is_dir() and folder.name[0] not in "._")


def copy_kit(language: str, into: Path, vendor: str) -> list[Path]:
    """Copy a kit into a folder, which is made if need be. Of what each vendor has only this one's is copied.

    Returns the files that were written. Raises ValueError if there is no such kit, and OSError.
    """
    if language not in kits():
        raise ValueError(f"there is no kit for {language!r}; there is one for: {', '.join(kits())}")
    written = []
    for file in sorted((KITS / language).rglob("*")):
        place = file.relative_to(KITS / language)
        others = place.parts[0] == _PORTS and not file.name.startswith(f"{vendor}.")
        if file.is_file() and not others and "__pycache__" not in place.parts:
            target = into / place
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)
            written.append(target)
    return written
