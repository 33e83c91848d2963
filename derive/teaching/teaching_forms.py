"""The forms in which checks and demonstrations are printed, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from derive.core.exact import exact
from derive.rendering.forms import printed

if TYPE_CHECKING:
    from derive.teaching.demonstrations.demonstration import Shown
    from derive.teaching.marking.check_records import Check

# A form is loaded when it is asked for: the terminal starts without pages and notebooks.
_CHECK = {
    "text": "derive.teaching.marking.check_text:text",
    "html": "derive.teaching.marking.check_page:page",
    "json": "derive.teaching.marking.check_json:json_text",
}
_DEMONSTRATION = {
    "text": "derive.teaching.demonstrations.showing:demonstration_text",
    "html": "derive.teaching.demonstrations.showing:demonstration_page",
    "notebook": "derive.teaching.demonstrations.showing:demonstration_notebook",
}


def render_check(check: Check, form: str = "text", **options: Any) -> str:
    """A check as text (`width`, `ascii`, `color`), html (`embed_font`) or json.

    Raises ChoiceError for another form.
    """
    return printed(_CHECK, form, check, **options)


@exact
def show_demo(shown: Shown, form: str = "text", **options: Any) -> str:
    """A demonstration as text, html (one page) or notebook.

    `options` of text: `width`, `ascii`, `color`; of html: `embed_font`. Raises ChoiceError for
    another form.
    """
    return printed(_DEMONSTRATION, form, shown, **options)
