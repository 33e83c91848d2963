"""The forms in which checks, marks and demonstrations are printed, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from derive.core.exact import exact
from derive.rendering.forms import printed

if TYPE_CHECKING:
    from derive.teaching.demonstrations.demonstration import Shown
    from derive.teaching.exercises.class_record import ClassMarks
    from derive.teaching.exercises.exercise_record import Variant
    from derive.teaching.marking.check_records import Check

# A form is loaded when it is asked for: the terminal starts without pages and notebooks.
_CHECK = {
    "text": "derive.teaching.marking.check_text:text",
    "html": "derive.teaching.marking.check_page:page",
    "json": "derive.teaching.marking.check_json:json_text",
}
_MARKS = {
    "text": "derive.teaching.exercises.class_table:text",
    "csv": "derive.teaching.exercises.class_data:csv_text",
    "json": "derive.teaching.exercises.class_data:json_text",
    "html": "derive.teaching.exercises.class_pages:index_alone",
}
_EXERCISE = {
    "text": "derive.teaching.exercises.exercise_text:text",
    "markdown": "derive.teaching.exercises.exercise_text:markdown",
    "latex": "derive.teaching.exercises.exercise_text:tex",
    "html": "derive.teaching.exercises.exercise_text:page",
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


def render_marks(marks: ClassMarks, form: str = "text", **options: Any) -> str:
    """The marks of a class as text (`width`, `ascii`, `color`), csv, json or html (the index).

    Raises ChoiceError for another form.
    """
    return printed(_MARKS, form, marks, **options)


def render_exercise(variant: Variant, form: str = "text", **options: Any) -> str:
    """A variant of an exercise as text (`width`, `ascii`, `color`), markdown, latex or html.

    Raises ChoiceError for another form.
    """
    return printed(_EXERCISE, form, variant, **options)
