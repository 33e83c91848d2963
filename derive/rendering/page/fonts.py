"""A font put into the page: the part of it that the page's signs need."""

from __future__ import annotations

import base64
import re
import unicodedata
from html import unescape
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import Any

from derive.errors import DeriveError
from derive.extras import required
from derive.given_files import content_of

_TAG = re.compile(r"<[^>]*>")
_MATH_ITALIC = {"h": "ℎ", "∂": "𝜕"}
_SIGNS = "()[]{}|+−=<>≤≠∑∏∫√∂⋅∘′⊤\u2061\u2062\u2063 "


def embedded(file: Path, body: str) -> str:
    """The rule `@font-face` with the font's part for `body`, and a rule that puts it first.

    Raises DeriveError where fontTools is missing or the file is no font.
    """
    required("fontTools", "--embed-font needs")
    from fontTools import subset

    data, form = _part(subset, file, needed(body))
    code = base64.b64encode(data).decode("ascii")
    return (f'@font-face {{ font-family: "derive math"; src: url(data:font/{form};base64,{code}) '
            f'format("{form}"); }}\nmath {{ font-family: "derive math", var(--math) !important; }}')


def _part(subset: Any, file: Path, signs: set[str]) -> tuple[bytes, str]:
    from fontTools.ttLib import TTLibError

    form = "woff2" if _has_brotli() else "woff"
    options = subset.Options(flavor=form, layout_features=["*"], notdef_outline=True)
    try:
        font = subset.load_font(BytesIO(content_of(file)), options)
    except OSError as error:
        raise DeriveError(f"cannot read the font {file}: {error.strerror}") from None
    except (TTLibError, AssertionError, ValueError):
        raise DeriveError(f"{file} is not a font; give an .otf or .ttf file with a MATH table"
                          ) from None
    if "MATH" not in font:
        raise DeriveError(f"the font {file} has no MATH table; give one made for mathematics, "
                          "such as latinmodern-math.otf")
    options.drop_tables += ["FFTM"]  # FontForge's times, which cannot be cut
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=[ord(sign) for sign in signs])
    cutter.subset(font)
    made = BytesIO()
    subset.save_font(font, made, options)
    return made.getvalue(), form


def needed(body: str) -> set[str]:
    """The signs of a page, and the slanted ones that browsers show for single letters."""
    signs = set(unescape(_TAG.sub("", body))) | set(_SIGNS)
    return signs | {_slanted(sign) for sign in signs}


def _slanted(sign: str) -> str:
    """The mathematical italic of a letter; others as they are."""
    if sign in _MATH_ITALIC:
        return _MATH_ITALIC[sign]
    try:
        name = unicodedata.name(sign)
        if sign.isascii() and sign.isalpha():
            size = "CAPITAL" if sign.isupper() else "SMALL"
            return unicodedata.lookup(f"MATHEMATICAL ITALIC {size} {sign.upper()}")
        return unicodedata.lookup(name.replace("GREEK", "MATHEMATICAL ITALIC").replace(
            "LETTER ", ""))
    except (KeyError, ValueError):
        return sign


def _has_brotli() -> bool:
    return find_spec("brotli") is not None
