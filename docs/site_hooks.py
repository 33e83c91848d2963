"""What the documentation site does to pages that are read in the repository, too."""

from __future__ import annotations

import re

REPOSITORY = "https://github.com/derive-engine/derive/blob/HEAD/"
_OUTSIDE = re.compile(r"\]\((?:\.\./)+((?:derive|rules|benchmarks|tests|README|CHANGELOG"
                      r"|CONTRIBUTING|SECURITY|LICENSE)[^)]*)\)")
_FROM_README = re.compile(r"\]\(docs/")


def on_page_markdown(markdown: str, page: object, config: object, files: object) -> str:
    """Links to files that are no pages lead to the repository."""
    return _OUTSIDE.sub(lambda match: f"]({REPOSITORY}{match[1]})", markdown)


def on_config(config: dict[str, object]) -> dict[str, object]:
    """The first page is the README."""
    return config
