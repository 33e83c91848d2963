"""The pages of the catalogue, from Python: `derive.site`."""

from __future__ import annotations

import os
from pathlib import Path

from derive.argument_kinds import FLAG, PATH, at_least, or_none, text_of
from derive.public_arguments import public
from derive.teaching.sites.site_writer import Site, write_site


@public(folder=PATH._replace(takes="the path of a folder"), only=text_of("a pattern of names"),
        jobs=or_none(at_least(1)), no_verify=FLAG)
def site(folder: str | os.PathLike[str], *, only: str = "", jobs: int | None = None,
         no_verify: bool = False) -> Site:
    """Writes the catalogue as pages into a folder, with an index and search.

    `only` are pages whose name fits a pattern (`"*softmax*"`, `"distributions/*"`); `jobs`
    processes work, one for each core where it is None; with `no_verify` lines are not judged.
    Files that an earlier run wrote are replaced, others are left alone; what has no page is in
    `failed` of the answer. Raises DeriveError for a pattern that fits nothing, and for a folder
    that cannot be written.

    >>> derive.site("pages", only=derive.losses()[0].name).failed
    ()
    """
    return write_site(Path(folder), only, jobs or 0, not no_verify)
