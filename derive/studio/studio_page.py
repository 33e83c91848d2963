"""The page of the studio: one document, whose engine is a server or a worker."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

from derive.outgoing_text import escape
from derive.rendering.page.document import asset
from derive.studio.catalogue import offered
from derive.studio.studio_questions import CHOICES, Question, questions
from derive.version import __version__

_ASSETS = Path(__file__).resolve().parent / "assets"
STYLES = ("page.css", "plot.css", "check.css")
SCRIPTS = ("breaking.js", "page.js", "plot_functions.js", "plot.js")
_OWN_SCRIPTS = ("studio_elements.js", "studio_state.js", "studio_chips.js", "studio_form.js",
                "studio_answer.js", "studio_practice.js", "studio.js")
# Inputs beside the formula: the label, what may stand there, and what it does.
_INPUTS = {
    "asked": ("Asked", "", "of a formula alone; a task in words says it itself"),
    "wrt": ("With respect to", "o, W[i, j], all", "empty where there is one choice"),
    "through": ("Through", "p = softmax(o)", "by the chain rule, over this name"),
    "route": ("Route", "", "another way to the same result"),
    "keep": ("Names to keep", "all, none, p", "in the result, of those that you define"),
    "define": ("Definition", "y = sigmoid(z)", "an output that the cost is written in"),
    "link": ("Link", "logit", "the parameter as a function of a score"),
    "observed": ("Observed", "y", "the name that is data"),
    "data": ("Data", "1, 2, 3/2", "numbers, or a table with names of columns"),
    "head": ("Head", "softmax", "the loss that a cell without one gets"),
    "language": ("Language", "", ""),
    "accuracy": ("Accuracy", "", "faithful: within 4 units of the last digit; NumPy alone"),
    "exercise": ("Teacher's exercise", "title = …", "in place of a task"),
}
# Inputs of several lines, and the files that may be read into them.
_FILES = {"data": ".csv,.txt,text/plain", "exercise": ".toml"}


@cache
def own_asset(name: str) -> str:
    """The text of a style sheet or script of the studio."""
    return (_ASSETS / name).read_text(encoding="utf-8").strip()


def studio_page(engine: str, policy: str, nonce: str = "") -> str:
    """The page as HTML.

    `engine` names the script that answers, `server_engine.js` or `worker_engine.js`. `policy` is
    the content security policy of the page, whose scripts carry the `nonce` where there is one.
    """
    mark = f' nonce="{escape(nonce)}"' if nonce else ""
    styles = "\n".join([*map(asset, STYLES), own_asset("studio.css")])
    scripts = [*map(asset, SCRIPTS), own_asset(engine), *map(own_asset, _OWN_SCRIPTS)]
    tail = "".join(f"<script{mark}>\n{_closed(text)}\n</script>\n" for text in scripts)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f'<meta name="generator" content="derive {__version__}">\n<link rel="icon" href="data:,">\n'
        f"<title>derive studio</title>\n<style>\n{styles}\n</style>\n</head>\n"
        '<body>\n'
        '<a class="skip" href="#answer">Skip to the answer</a>\n'
        f'{_head()}<main id="content">\n{_form()}\n'
        '<section id="answer" class="answer" tabindex="-1" aria-label="Answer"></section>\n'
        "</main>\n"
        f'<footer class="foot">derive {__version__}. <span id="engine"></span></footer>\n'
        '<div id="say" class="quiet" role="status" aria-live="polite"></div>\n'
        f'<script type="application/json" id="offered">{_data(offered())}</script>\n{tail}'
        "</body>\n</html>")


def _closed(script: str) -> str:
    """A script that no sign of it ends early."""
    return re.sub(r"</(?=script)", r"<\\/", script, flags=re.IGNORECASE)


def _data(value: object) -> str:
    return json.dumps(value, ensure_ascii=False).replace("<", "\\u003c")


def _head() -> str:
    return ('<header class="top studio-head"><p class="brand">derive <span>studio</span></p>'
            '<nav aria-label="Studio"><button type="button" class="small" id="open-catalogue">'
            'Catalogue</button><button type="button" class="small" id="open-history">History'
            "</button></nav></header>\n")


def _form() -> str:
    """What is asked: the question, the formula, its declarations, the further inputs."""
    asked = "".join(map(_radio, questions().values()))
    return (
        '<form id="question" class="question" autocomplete="off" novalidate>'
        '<h1 class="quiet">What is asked</h1>'
        '<p class="lead">Type a formula as you would write it in Python or LaTeX. What is asked '
        "of it comes line by line, with the rule of each line, and every line is checked.</p>"
        f'<fieldset class="asks"><legend>Question</legend>{asked}</fieldset>'
        '<p id="says" class="says"></p>'
        '<div class="formula"><label for="formula" id="formula-label">Loss</label>'
        '<textarea id="formula" rows="1" spellcheck="false" autocapitalize="off" '
        'aria-describedby="fault reading-words" enterkeyhint="go"></textarea>'
        '<p id="fault" class="mistyped" hidden></p>'
        '<div id="reading" class="reading" aria-hidden="true"></div>'
        '<p id="reading-words" class="quiet"></p></div>'
        '<div class="declared"><span class="label" id="declared-label">Declarations and conditions'
        "</span>"
        '<ul id="declarations" class="chips" aria-labelledby="declared-label"></ul></div>'
        f'<div id="inputs" class="inputs">{"".join(map(_input, _INPUTS))}</div>'
        '<div class="buttons"><button type="submit" id="go" class="go">Derive</button>'
        '<button type="button" id="stop" class="small" hidden>Stop</button>'
        '<button type="button" id="undo" class="small">Undo</button>'
        '<button type="button" id="redo" class="small">Redo</button>'
        '<button type="button" id="link" class="small">Copy link</button>'
        '<span class="switches"><label><input type="checkbox" id="matrices" checked> Matrices'
        '</label> <label>Detail <select id="detail"><option>brief</option>'
        "<option selected>normal</option><option>full</option></select></label></span></div>"
        '<details id="examples" class="examples" open><summary>Examples</summary></details>'
        "</form>"
        '<dialog id="catalogue" aria-labelledby="catalogue-title"></dialog>'
        '<dialog id="history" aria-labelledby="history-title"></dialog>')


def _radio(asked: Question) -> str:
    return (f'<label class="ask"><input type="radio" name="ask" value="{escape(asked.name)}">'
            f"<span>{escape(asked.label)}</span></label>")


def _input(name: str) -> str:
    """The label and field of a further input; those that a question lacks are hidden."""
    words, hint, use = _INPUTS[name]
    note = f'<small id="use-{name}">{use}</small>' if use else ""
    common = f'id="input-{name}" data-input="{name}"' + (
        f' aria-describedby="use-{name}"' if use else "")
    typed = f'{common} spellcheck="false" autocapitalize="off" placeholder="{escape(hint)}"'
    if name in CHOICES:
        field = f"<select {common}>" + "".join(
            f'<option value="{value}">{label}</option>'
            for value, label in CHOICES[name].items()) + "</select>"
    elif name in _FILES:
        field = (f'<textarea {typed} rows="1"></textarea><label class="small file">Read a file'
                 f'<input type="file" class="quiet" data-file="{name}" accept="{_FILES[name]}" '
                 f'aria-label="{escape(words)}: read a file"></label>')
    else:
        field = f"<input {typed}>"
    return (f'<div class="input" hidden><label for="input-{name}">{words}</label>{field}{note}'
            "</div>")
