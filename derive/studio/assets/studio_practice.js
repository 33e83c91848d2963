/* Practice: one line at a time, a verdict for each, hints on demand; the sheet can be taken away. */
"use strict";
const studioPractice = (() => {
  const {made, at} = studioForm;
  const SIGNS = {right: "\u2713", finished: "\u2713", wrong: "\u2717", unread: "?", undecided: "?",
    passed: "\u00b7"};
  let state = null, asking = null;

  async function send(request) {
    if (asking) asking.abort();
    const mine = new AbortController();
    asking = mine;
    studioAnswer.box.setAttribute("aria-busy", "true");
    let answer;
    try {
      answer = await studioEngine.ask({practice: request}, mine.signal);
    } catch (stopped) {
      return;
    }
    if (mine !== asking) return;
    asking = null;
    studioAnswer.box.removeAttribute("aria-busy");
    if (!answer.ok) {
      if (!state) studioAnswer.show(answer);
      else respond({mark: "unread", words: [{label: "", text: answer.error.message}]});
      return;
    }
    const typed = state && answer.practice.response && !answer.practice.response.kept
      ? at("next-line").value : "";
    state = answer.practice;
    draw(typed);
  }
  const go = (action, line) => send({action, text: state.text, undone: state.undone, line});

  function button(words, act, disabled) {
    const one = made("button", {type: "button", class: "small", disabled}, words);
    one.addEventListener("click", act);
    return one;
  }

  function respond(response) {
    const box = at("response");
    box.replaceChildren();
    if (!response) return;
    box.className = `response ${response.mark}`;
    response.words.forEach(({label, text}) => {
      const row = made("p", {});
      if (label) row.append(made("span", {class: "what"}, label + " "));
      row.append(text);
      box.append(row);
    });
  }

  function html(text) { /* MathML of the engine's, which escapes what was typed */
    const holder = document.createElement("div");
    holder.className = "scroll";
    holder.innerHTML = text;
    return holder;
  }

  function draw(typed) {
    const lines = made("ol", {class: "practised"});
    state.lines.forEach((line) => {
      const item = made("li", {}, made("span", {class: "mark", "aria-hidden": "true"}, "\u2713"));
      item.append(...(line.written.length ? line.written.map((w) => html(w.mathml))
        : [made("span", {}, line.text)]));
      lines.append(item);
    });
    const input = made("input", {id: "next-line", spellcheck: "false", autocapitalize: "off",
      autocomplete: "off", value: typed, placeholder: "= \u2026"});
    const form = made("form", {class: "next"}, made("label", {for: "next-line"}, "Next line"), input,
      made("button", {type: "submit", class: "go"}, "Enter"));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (input.value.trim()) go("enter", input.value);
    });
    const hint = state.grade < state.highest ? `Hint ${state.grade + 1} of ${state.highest}` : "Hint";
    const file = new Blob([state.text], {type: "text/plain"});
    const save = made("a", {class: "small", download: "derivation.txt",
      href: URL.createObjectURL(file)}, "Download the sheet");
    const given = made("ul", {class: "given"});
    state.given.forEach((line) => given.append(made("li", {}, made("code", {}, line))));
    studioAnswer.box.replaceChildren(made("h1", {}, state.title), made("p", {class: "lead"}, state.task),
      given, html(state.aim_mathml), lines, made("div", {id: "response", role: "status"}),
      ...(state.finished ? [] : [form]),
      made("div", {class: "buttons"},
        ...(state.finished ? [] : [button(hint, () => go("hint", ""), !state.highest),
          button("Why?", () => go("why", ""))]),
        button("Take back", () => go("undo", ""), !state.lines.length),
        button("Put back", () => go("redo", ""), !state.undone.length), save),
      made("p", {class: "facts"}, `${state.hints} hints, ${state.attempts} lines that were not right`));
    respond(state.response);
    dispatchEvent(new CustomEvent("made", {detail: studioAnswer.box}));
    if (!state.finished) at("next-line").focus();
  }

  function begin(question) {
    state = null;
    studioAnswer.working("Setting the task\u2026");
    return send({action: "begin", target: question.formula, wrt: question.options.wrt || ""});
  }
  return {begin, SIGNS};
})();
