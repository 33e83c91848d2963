/* The form: from its fields to what is asked and back, the reading while one types, the fault. */
"use strict";
const studioForm = (() => {
  const {made, at, button} = studioElements;
  const offered = JSON.parse(at("offered").textContent);
  const asks = new Map(offered.questions.map((question) => [question.name, question]));
  const form = at("question"), formula = at("formula");
  const MOST_PREVIEWED = 20000; /* signs: more is read when it is asked */
  const MOST_SIGNS = 100000; /* of a file */
  const PAUSE = 180, LONG_PAUSE = 700; /* ms after a key: until it is read, until it is a fault */
  let changed = () => {};

  const fields = () => Array.from(form.querySelectorAll("[data-input]"));
  const radio = () => form.querySelector('input[name="ask"]:checked');
  const question = () => asks.get(radio().value);

  function shown() {
    const asked = question();
    at("says").textContent = asked.says + ".";
    at("formula-label").textContent = asked.target;
    formula.placeholder = asked.placeholder;
    formula.rows = asked.placeholder.split("\n").length;
    form.querySelectorAll(".input").forEach((box) => {
      box.hidden = !asked.inputs.includes(box.querySelector("[data-input]").dataset.input);
    });
    form.querySelector(".switches").hidden = ["sheet", "task"].includes(asked.kind)
      || asked.inputs.includes("language");
    form.querySelector(".declared").hidden = ["model", "sheet"].includes(asked.kind);
    at("go").textContent = asked.button;
  }

  function state() {
    const asked = question(), options = {};
    fields().forEach((field) => {
      const name = field.dataset.input, usual = field.localName === "select" && !field.selectedIndex;
      if (asked.inputs.includes(name) && field.value.trim() && !usual) options[name] = field.value;
    });
    return {ask: asked.name, formula: formula.value,
      given: ["model", "sheet"].includes(asked.kind) ? [] : studioChips.given(), options,
      detail: at("detail").value};
  }

  function fill(data) {
    const chosen = asks.has(data.ask) ? data.ask : offered.questions[0].name;
    form.querySelectorAll('input[name="ask"]').forEach((r) => { r.checked = r.value === chosen; });
    formula.value = data.formula;
    studioChips.fill(data.given);
    fields().forEach((field) => {
      const value = data.options[field.dataset.input] || "";
      field.value = value;
      if (field.localName === "select" && field.selectedIndex < 0) field.selectedIndex = 0;
    });
    at("detail").value = data.detail;
    if (at("detail").selectedIndex < 0) at("detail").value = "normal";
    fault(null);
    shown();
  }

  /* What an error calls by the option of the command has a name of its own on the page. */
  function spoken(message) {
    const words = message.replace(/--([a-z]+)/g, (option, name) => {
      const label = name === "given" ? at("declared-label")
        : form.querySelector(`label[for="input-${name}"]`);
      return label ? `\u201c${label.textContent}\u201d` : option;
    });
    return /[.?!]$/.test(words) ? words : words + ".";
  }

  /* The fault: its words, the line with the place marked, and the way to it. */
  function fieldOf(error) {
    if (error.field === "formula") return formula;
    return error.field === "given" ? studioChips.input(error.line) : at(`input-${error.field}`);
  }
  function fault(error) {
    const box = at("fault");
    box.replaceChildren();
    box.hidden = !error;
    form.querySelectorAll("[aria-invalid]").forEach((f) => f.removeAttribute("aria-invalid"));
    if (!error) return;
    box.append(spoken(error.message));
    const field = error.field && fieldOf(error);
    if (!field) return;
    field.setAttribute("aria-invalid", "true");
    const lines = field.value.split("\n"), number = error.field === "given" ? 0 : error.line;
    const line = lines[number] || "", start = Math.min(error.column - 1, line.length);
    const there = line.slice(start, start + error.length) || " ";
    const before = lines.slice(0, number).join("\n").length + (number ? 1 : 0);
    box.append(made("pre", {}, line.slice(0, start), made("mark", {}, there),
      line.slice(start + error.length)),
    button(lines.length > 1 ? `Go to the place, in line ${number + 1}` : "Go to the place", () => {
      field.focus();
      if (field.setSelectionRange) {
        field.setSelectionRange(before + start, before + start + error.length);
      }
    }, {class: ""}));
  }

  /* The reading of what stands there, a moment after it was typed: one at a time, the last one
     of those that came meanwhile, for which a long one is given up. */
  let later = 0, faulty = 0, overdue = 0, reading = null, again = false, typed = 0;
  function nothingRead() {
    at("reading").replaceChildren();
    at("reading").classList.remove("old");
    at("reading-words").textContent = "";
    studioChips.assume([]);
  }
  async function read() {
    if (reading) {
      again = true;
      overdue ||= setTimeout(reading.abort, reading.began + studioEngine.slack - Date.now());
      return;
    }
    const asked = state();
    clearTimeout(faulty);
    if (asked.formula.length > MOST_PREVIEWED || !asked.formula.trim()) {
      nothingRead();
      fault(null);
      return;
    }
    at("reading").classList.add("old");
    const mine = new AbortController();
    reading = {abort: () => mine.abort(), began: Date.now()};
    const answer = await studioEngine.ask({...asked, preview: true, patience: 5}, mine.signal)
      .catch(() => null); /* given up */
    clearTimeout(overdue);
    overdue = 0;
    reading = null;
    if (again || !answer) {
      again = false;
      read();
      return;
    }
    at("reading").classList.remove("old");
    if (answer.ok || answer.html) showReading(answer);
    if (answer.ok) {
      fault(null);
    } else { /* who still types is not interrupted */
      faulty = setTimeout(() => fault(answer.error), typed + LONG_PAUSE - Date.now());
    }
  }
  function showReading(answer) {
    const box = at("reading");
    box.innerHTML = answer.html; /* made by the engine, which escapes what was typed */
    if (answer.entry) {
      box.append(made("p", {class: "note"}, `${answer.entry.title}. ${answer.entry.meaning}`));
    }
    (answer.notes || []).forEach((note) => box.append(made("p", {class: "note"}, note)));
    dispatchEvent(new CustomEvent("made", {detail: box}));
    const words = Array.from(box.querySelectorAll("math[alttext]"), (m) =>
      m.getAttribute("alttext"));
    const lines = box.querySelector(".lines-read") ? "; " : " = ";
    at("reading-words").textContent = words.length ? "Read as " + words.join(lines)
      : box.textContent;
    studioChips.assume(answer.declarations.filter((line) => line.assumed));
  }
  function readSoon() {
    typed = Date.now();
    clearTimeout(later);
    clearTimeout(faulty);
    later = setTimeout(read, PAUSE);
  }

  /* A file is read here, into its field: what is asked is text. */
  async function opened(picker) {
    const file = picker.files[0], field = at(`input-${picker.dataset.file}`);
    picker.value = "";
    if (!file) return;
    const text = file.size > 4 * MOST_SIGNS ? null : await file.text().catch(() => null);
    if (text === null || text.length > MOST_SIGNS) {
      fault({message: text === null && file.size <= 4 * MOST_SIGNS ? `${file.name} cannot be read`
        : `${file.name} has more than ${MOST_SIGNS.toLocaleString("en")} signs; the command line `
          + "takes longer files"});
      return;
    }
    field.value = text;
    at("say").textContent = `${file.name} was read`;
    changed();
  }

  function begin(onChange) {
    changed = () => {
      onChange();
      readSoon();
    };
    studioChips.begin(changed);
    form.addEventListener("input", (event) => {
      if (event.target.name === "ask") shown();
      if (event.target.closest(".chip") || event.target.type === "file") return;
      changed();
    });
    form.querySelectorAll("[data-file]").forEach((picker) =>
      picker.addEventListener("change", () => opened(picker)));
  }

  return {begin, state, fill, fault, spoken, read, readSoon, offered, asks, question};
})();
