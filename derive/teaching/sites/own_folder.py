"""A folder of pages, in which only files of an earlier run are replaced."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from derive.errors import DeriveError
from derive.file_writing import place_file
from derive.given_files import content_of


class OwnFolder:
    """A folder whose files a command has written; a `manifest` in it names them.

    `sizes` are the bytes of what was written, by file.
    """

    def __init__(self, folder: Path, manifest: str, command: str) -> None:
        self.folder, self.manifest, self.command = folder, folder / manifest, command
        self.sizes: dict[str, int] = {}
        self.own: set[str] = set()
        self._noted: set[str] = set()  # what the manifest on the disk names

    def claim(self, files: Iterable[str]) -> None:
        """Makes the folder. Raises DeriveError where a file of somebody else is in the way."""
        files = list(files)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self.own = set(self._known())
            for file in files:
                self._check_within(self.folder / file)
        except OSError as error:
            raise DeriveError(f"cannot write to {self.folder}: {error.strerror}") from None
        foreign = next((f for f in files if f not in self.own and (
            (self.folder / f).exists() or (self.folder / f).is_symlink())), None)
        if foreign is not None:
            raise DeriveError(f"{self.folder / foreign} was not written by `{self.command}`; name "
                              "another folder, or move the file away")

    def _known(self) -> list[str]:
        try:
            if self.manifest.is_symlink():
                raise ValueError
            return [str(f) for f in json.loads(content_of(self.manifest))["files"]]
        except FileNotFoundError:
            return []
        except (ValueError, KeyError, TypeError):
            raise DeriveError(f"{self.manifest} cannot be read; name another folder, or move the "
                              "file away") from None

    def _check_within(self, path: Path) -> None:
        """Raises DeriveError where a link on the way to a file leads out of the folder."""
        parts = path.relative_to(self.folder).parts[:-1]
        ways = [self.folder.joinpath(*parts[:n + 1]) for n in range(len(parts))]
        link = next((way for way in ways if way.is_symlink()), None)
        if link is not None:
            raise DeriveError(f"{link} is a link, which `{self.command}` does not follow; name "
                              "another folder, or move the link away")

    def write(self, file: str, text: str) -> None:
        """Writes a page and notes that it is ours. Raises DeriveError."""
        self.place(file, f"{text}\n".encode())

    def place(self, file: str, content: bytes) -> None:
        """Writes the content of a file and notes that it is ours. Raises DeriveError."""
        path = self.folder / file
        self.own.add(file)
        try:
            self._check_within(path)
            path.parent.mkdir(parents=True, exist_ok=True)
            if file not in self._noted:
                self._noted = set(self.own)
                names = json.dumps({"files": sorted(self.own)}, indent=1)
                place_file(self.manifest, names.encode())
            place_file(path, content)
        except OSError as error:
            raise DeriveError(f"cannot write {path}: {error.strerror}") from None
        self.sizes[file] = len(content)
