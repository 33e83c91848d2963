"""A folder of pages, in which only files of an earlier run are replaced."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from derive.errors import DeriveError


class OwnFolder:
    """A folder whose files a command has written; a `manifest` in it names them.

    `sizes` are the bytes of what was written, by file.
    """

    def __init__(self, folder: Path, manifest: str, command: str) -> None:
        self.folder, self.manifest, self.command = folder, folder / manifest, command
        self.sizes: dict[str, int] = {}
        self.own: set[str] = set()

    def claim(self, files: Iterable[str]) -> None:
        """Makes the folder. Raises DeriveError where a file of somebody else is in the way."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self.own = set(self._known())
        except OSError as error:
            raise DeriveError(f"cannot write to {self.folder}: {error.strerror}") from None
        foreign = next((f for f in files if f not in self.own and (
            (self.folder / f).exists() or (self.folder / f).is_symlink())), None)
        if foreign is not None:
            raise DeriveError(f"{self.folder / foreign} was not written by `{self.command}`; name "
                              "another folder, or move the file away")

    def _known(self) -> list[str]:
        try:
            content = self.manifest.read_text(encoding="utf-8")
            return [str(f) for f in json.loads(content)["files"]]
        except FileNotFoundError:
            return []
        except (ValueError, KeyError, TypeError):
            raise DeriveError(f"{self.manifest} cannot be read; name another folder, or move the "
                              "file away") from None

    def write(self, file: str, text: str) -> None:
        """Writes a page and notes that it is ours. Raises DeriveError."""
        self.place(file, f"{text}\n".encode())

    def place(self, file: str, content: bytes) -> None:
        """Writes the content of a file and notes that it is ours. Raises DeriveError."""
        path = self.folder / file
        self.own.add(file)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self.manifest.write_text(json.dumps({"files": sorted(self.own)}, indent=1),
                                     encoding="utf-8")
            path.write_bytes(content)
        except OSError as error:
            raise DeriveError(f"cannot write {path}: {error.strerror}") from None
        self.sizes[file] = len(content)
