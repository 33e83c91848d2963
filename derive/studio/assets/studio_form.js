/* The form: from its fields to what is asked and back, the reading while one types, the fault. */
"use strict";
const studioForm = (() => {
  const at = (id) => document.getElementById(id);
  const offered = JSON.parse(at("offered").textContent);
  const asks = new Map(offered.questions.map((question) => [question.name, question]));
  const form = at("question"), formula = at("formula");
  const MOST_PREVIEWED = 20000; /* signs: more is read when it is asked */
  let changed = () => {};

  function made(name, attributes, ...children) {
    const element = document.createElement(name);
    Object.entries(attributes || {}).forEach(([key, value]) => {
      if (value === true) element.setAttribute(key, "");
      else if (value !== false && value !== undefined) element.setAttribute(key, value);
    });
    element.append(...children);
    return element;
  }

  const radio = () => form.querySelector('input[name="ask"]:checked');
  const question = () => asks.get(radio().value);

  /* Declarations: those that were typed, and those that the use of names decides. */
  let given = [], assumed = [];
  function chip(text, words, isAssumed, place) {
    const input = made("input", {value: text, spellcheck: "false", autocapitalize: "off",
      "aria-label": `${isAssumed ? "Assumed: " : ""}${words || text || "a new declaration"}`});
    const item = made("li", {class: `chip${isAssumed ? " assumed" : ""}`, title: words || ""}, input);
    input.addEventListener("change", () => {
      if (isAssumed) given.push(input.value.trim());
      else given[place] = input.value.trim();
      given = given.filter(Boolean);
      changed();
    });
    if (!isAssumed) {
      const remove = made("button", {type: "button", "aria-label": `Remove ${text}`}, "\u00d7");
      remove.addEventListener("click", () => {
        given.splice(place, 1);
        changed();
      });
      item.append(remove);
    }
    return item;
  }
  function chips() {
    const list = at("declarations"), add = made("button", {type: "button", class: "small"},
      "Add");
    add.addEventListener("click", () => {
      given.push("");
      chips();
      list.querySelector(`li:nth-child(${given.length}) input`).focus();
    });
    list.replaceChildren(...given.map((text, place) => chip(text, "", false, place)),
      ...assumed.map((line) => chip(line.text, line.words, true)), made("li", {}, add));
  }

  function shown() {
    const asked = question();
    at("says").textContent = asked.says + ".";
    at("formula-label").textContent = asked.target;
    formula.placeholder = asked.placeholder;
    form.querySelectorAll(".input").forEach((box) => {
      box.hidden = !asked.inputs.includes(box.querySelector("[data-input]").dataset.input);
    });
    form.querySelector(".declared").hidden = !asked.inputs.length;
    at("go").textContent = asked.name === "check" ? "Check" : asked.name === "practice" ? "Begin"
      : "Derive";
  }

  function state() {
    const asked = question(), options = {};
    form.querySelectorAll("[data-input]").forEach((field) => {
      const name = field.dataset.input, usual = field.localName === "select" && !field.selectedIndex;
      if (asked.inputs.includes(name) && field.value.trim() && !usual) options[name] = field.value;
    });
    return {ask: asked.name, formula: formula.value,
      given: asked.inputs.length ? given.filter(Boolean) : [], options, detail: at("detail").value};
  }

  function fill(data) {
    const chosen = asks.has(data.ask) ? data.ask : "gradient";
    form.querySelectorAll('input[name="ask"]').forEach((r) => { r.checked = r.value === chosen; });
    formula.value = data.formula;
    given = [...data.given];
    form.querySelectorAll("[data-input]").forEach((field) => {
      const value = data.options[field.dataset.input] || "";
      if (field.localName !== "select") field.value = value;
      else if (!value) field.selectedIndex = 0;
      else field.value = value;
    });
    at("detail").value = ["brief", "normal", "full"].includes(data.detail) ? data.detail : "normal";
    shown();
    chips();
  }

  /* The fault: its words, the line with the place marked, and the way to it. */
  function fault(error) {
    const box = at("fault");
    box.replaceChildren();
    box.hidden = !error;
    formula.removeAttribute("aria-invalid");
    if (!error) return;
    const words = error.message;
    box.append(words.endsWith(".") ? words : words + ".");
    if (error.field !== "formula") return;
    formula.setAttribute("aria-invalid", "true");
    const lines = formula.value.split("\n"), line = lines[error.line] || "";
    const start = Math.min(error.column - 1, line.length);
    const there = line.slice(start, start + error.length) || " ";
    box.append(made("pre", {}, line.slice(0, start), made("mark", {}, there),
      line.slice(start + error.length)));
    const before = lines.slice(0, error.line).join("\n").length + (error.line ? 1 : 0);
    const go = made("button", {type: "button"}, "Go to the place");
    go.addEventListener("click", () => {
      formula.focus();
      formula.setSelectionRange(before + start, before + start + error.length);
    });
    box.append(go);
  }

  /* The reading of what stands there, a moment after it was typed: one at a time, the last one
     of those that came meanwhile. */
  let later = 0, reads = false, again = false;
  async function read() {
    if (reads) {
      again = true;
      return;
    }
    const asked = state(), reading = at("reading");
    if (["check", "practice", "back-propagation"].includes(asked.ask)
        || asked.formula.length > MOST_PREVIEWED || !asked.formula.trim()) {
      reading.replaceChildren();
      reading.classList.remove("old");
      at("reading-words").textContent = "";
      assumed = [];
      chips();
      fault(null);
      return;
    }
    reading.classList.add("old");
    reads = true;
    const answer = await studioEngine.ask({...asked, preview: true, patience: 5});
    reads = false;
    if (again) {
      again = false;
      read();
      return;
    }
    reading.classList.remove("old");
    fault(answer.ok ? null : answer.error);
    if (!answer.ok) return;
    reading.innerHTML = answer.html; /* made by the engine, which escapes what was typed */
    if (answer.entry) {
      reading.append(made("p", {class: "note"}, `${answer.entry.title}. ${answer.entry.meaning}`));
    }
    (answer.notes || []).forEach((note) => reading.append(made("p", {class: "note"}, note)));
    dispatchEvent(new CustomEvent("made", {detail: reading}));
    const math = reading.querySelector("math[alttext]");
    at("reading-words").textContent = math ? "Read as " + Array.from(
      reading.querySelectorAll("math[alttext]"), (m) => m.getAttribute("alttext")).join(" = ") : "";
    assumed = answer.declarations.filter((line) => line.assumed);
    if (!at("declarations").contains(document.activeElement)) chips();
  }
  function readSoon() {
    clearTimeout(later);
    later = setTimeout(read, 180);
  }

  function begin(onChange) {
    changed = () => {
      onChange();
      readSoon();
    };
    form.addEventListener("input", (event) => {
      if (event.target.name === "ask") shown();
      if (event.target.closest(".chip")) return;
      changed();
    });
  }

  return {begin, state, fill, fault, read, readSoon, made, at, offered, asks, question};
})();
