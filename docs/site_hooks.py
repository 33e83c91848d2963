"""What the documentation site does to pages that are read in the repository, too.

Examples of Python can be copied: they have no prompts. Links to files that are no pages lead to
the repository. What was built beside the site, the pages of the catalogue and the playground, is
copied into it and linked from its first page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from doctest_text import without_prompts  # beside this file, as mkdocs loads its hooks

ROOT = Path(__file__).resolve().parent.parent
REPOSITORY = "https://github.com/derive-engine/derive/blob/HEAD/"
# Built folders by their place in the site, with the words of their link.
BESIDE = {
    "playground": (ROOT / "build" / "playground" / "studio",
                   "**The [studio]({}) as a page that runs by itself**: nothing is sent."),
    "derivations": (ROOT / "build" / "derivations",
                    "**Every entry as a [page]({})**: derivations of the whole catalogue, and the "
                    "rules, with search."),
}
_OUTSIDE = re.compile(r"\]\((?:\.\./)+((?:derive|rules|benchmarks|tests|README|CHANGELOG"
                      r"|CONTRIBUTING|SECURITY|LICENSE)[^)]*)\)")
_EXAMPLE = re.compile(r"^```python\n(>>> .*?)^```$", re.DOTALL | re.MULTILINE)


def on_page_markdown(markdown: str, page: Any, **_: object) -> str:
    """The text of a page with links that lead somewhere on the site, too."""
    markdown = _OUTSIDE.sub(lambda match: f"]({REPOSITORY}{match[1]})", markdown)
    markdown = _EXAMPLE.sub(_copied, markdown)
    if page.file.src_uri == "index.md":
        markdown += "".join(f"- {words.format(f'{place}/index.html')}\n"
                            for place, _, words in _built())
    return markdown


def _copied(example: re.Match[str]) -> str:
    code = "\n".join(without_prompts(example[1].rstrip().split("\n")))
    return f"```python\n{code}\n```"


def on_files(files: Any, config: Any) -> Any:
    """What was built beside is part of the site: links to it are checked as others are."""
    from mkdocs.structure.files import File

    for place, folder, _ in _built():
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                name = f"{place}/{path.relative_to(folder).as_posix()}"
                files.append(File.generated(config, name, abs_src_path=str(path)))
    return files


def _built() -> Iterator[tuple[str, Path, str]]:
    for place, (folder, words) in BESIDE.items():
        if (folder / "index.html").is_file():
            yield place, folder, words
