/* Practice: one line at a time, a verdict for each, hints on demand; the sheet can be taken away. */
"use strict";
const studioPractice = (() => {
  const {made, at, button} = studioElements;
  const AIMS = {cost: "Every line has to be a cost with this derivative"};
  const PAUSE = 700; /* ms after which an answer takes long */
  let state = null, asking = null, posed = {}, sheet = "";

  /* A request while another is under way is none: who presses twice means one. */
  async function go(action, line, patience) {
    if (asking && !asking.signal.aborted) return;
    const mine = studioAnswer.begin();
    asking = mine;
    const slow = setTimeout(() => {
      respond({mark: "remark", words: [{label: "", text: "Working\u2026"}]});
      at("response").append(button("Stop", () => mine.abort()));
    }, PAUSE);
    let answer;
    try {
      answer = await studioEngine.ask({practice: {...posed, action, line, text: state.text,
        undone: state.undone, highest: state.highest, ...(patience ? {patience} : {})}}, mine.signal);
    } catch (error) {
      answer = studioAnswer.broken(error);
    }
    clearTimeout(slow);
    if (!studioAnswer.ended(mine)) return;
    asking = null;
    if (!answer.ok) {
      const more = Math.min(300, 4 * (answer.error.late || 0));
      respond({mark: "unread", words: [{label: "", text: studioForm.spoken(answer.error.message)}]});
      if (more) at("response").append(button(`Allow ${more} s`, () => go(action, line, more)));
      if (document.activeElement === document.body) at("next-line").focus();
      return;
    }
    const field = at("next-line"), response = answer.practice.response;
    const typed = field && response && !response.kept && action !== "undo" ? field.value : "";
    state = answer.practice;
    draw(typed);
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

  function taken(line) {
    const item = made("li", {}, made("span", {class: "mark", role: "img", "aria-label": "right"},
      "\u2713"));
    const words = made("div", {}, ...(line.written.length ? line.written.map((w) => html(w.mathml))
      : [made("span", {}, line.text)]));
    if (line.where) words.append(made("span", {class: "how"}, `where ${line.where}`));
    item.append(words);
    return item;
  }

  function entry(typed) {
    const input = made("input", {id: "next-line", spellcheck: "false", autocapitalize: "off",
      autocomplete: "off", value: typed, placeholder: "= \u2026"});
    const form = made("form", {class: "next"}, made("label", {for: "next-line"}, "Next line"), input,
      made("button", {type: "submit", class: "go"}, "Enter"));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (input.value.trim()) go("enter", input.value);
    });
    return form;
  }

  function draw(typed) {
    const lines = made("ol", {class: "practised", "aria-label": "Your lines"});
    lines.append(...state.lines.map(taken));
    const hint = state.grade < state.highest ? `Hint ${state.grade + 1} of ${state.highest}` : "Hint";
    URL.revokeObjectURL(sheet);
    sheet = URL.createObjectURL(new Blob([state.text], {type: "text/plain"}));
    const save = made("a", {class: "small", download: "derivation.txt", href: sheet},
      "Download the sheet");
    const given = made("ul", {class: "given", "aria-label": "Given"});
    state.given.forEach((line) => given.append(made("li", {}, made("code", {}, line))));
    const lead = state.title === state.task ? [] : [made("p", {class: "lead"}, state.task)];
    studioAnswer.box.replaceChildren(made("h1", {}, state.title), ...lead,
      given, made("p", {class: "label"}, AIMS[state.kind] || "Every line has to equal"),
      html(state.aim_mathml), lines,
      made("div", {id: "response", role: "status", tabindex: "-1"}),
      ...(state.finished ? [] : [entry(typed)]),
      made("div", {class: "buttons"},
        ...(state.finished ? [] : [button(hint, () => go("hint", ""), {disabled: !state.highest}),
          button("Why?", () => go("why", ""), {disabled: !state.highest})]),
        button("Take back", () => go("undo", ""), {disabled: !state.lines.length}),
        button("Put back", () => go("redo", ""), {disabled: !state.undone.length}), save),
      made("p", {class: "facts"}, `${state.hints} hint${state.hints === 1 ? "" : "s"}, `
        + `${state.attempts} line${state.attempts === 1 ? "" : "s"} that ${
          state.attempts === 1 ? "was" : "were"} not right`));
    respond(state.response);
    dispatchEvent(new CustomEvent("made", {detail: studioAnswer.box}));
    at(state.finished ? "response" : "next-line").focus();
  }

  /* A practice that was set; `question` is what was asked for it. */
  function begin(practice, question) {
    asking = null;
    state = practice;
    posed = question.options.exercise ? {exercise: question.options.exercise} : {};
    studioAnswer.empty();
    draw("");
  }
  return {begin};
})();
