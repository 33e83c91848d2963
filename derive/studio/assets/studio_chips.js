/* Declarations and conditions as chips: those that were typed, and those that the use of names
   decides, which are typed when they are written over. */
"use strict";
const studioChips = (() => {
  const {made, at, button} = studioElements;
  const list = at("declarations");
  let given = [], assumed = [], changed = () => {};

  const nameOf = (text) => text.split(":")[0].trim();
  const edited = (field) => field && field.matches("input") && field.value !== field.defaultValue;

  /* Drawn anew; what has the focus keeps it, or `key` gets it. */
  function draw(key) {
    const active = list.contains(document.activeElement) ? document.activeElement.dataset.key : "";
    const add = button("Add", () => {
      given = [...given.filter(Boolean), ""];
      draw(`typed-${given.length - 1}`);
    }, {"data-key": "add", "aria-label": "Add a declaration or a condition"});
    list.replaceChildren(...given.map(typed), ...assumed.map(offered), made("li", {}, add));
    const next = Array.from(list.querySelectorAll("[data-key]")).find(
      (element) => element.dataset.key === (key || active));
    if (next) next.focus();
  }

  function field(text, label, key, kept) {
    const input = made("input", {value: text, spellcheck: "false", autocapitalize: "off",
      "data-key": key, "aria-label": label, placeholder: "a: positive, or a < 2"});
    input.addEventListener("keydown", (event) => {
      if (event.key === "Escape") input.value = input.defaultValue;
    });
    input.addEventListener("change", () => {
      const stays = document.activeElement === input, next = kept(input.value.trim());
      setTimeout(() => draw(stays ? next : "")); /* when the focus is where it goes */
      changed();
    });
    return input;
  }
  function typed(text, place) {
    const input = field(text, text || "A new declaration or condition", `typed-${place}`, (now) => {
      given[place] = now;
      given = given.filter(Boolean);
      return now ? `typed-${place}` : "add";
    });
    if (!text) {
      input.addEventListener("blur", () => setTimeout(() => {
        if (given[place] === "") given.splice(place, 1);
        if (input.isConnected) draw();
      }));
    }
    const remove = button("\u00d7", () => {
      given.splice(place, 1);
      draw(given.length ? `remove-${Math.min(place, given.length - 1)}` : "add");
      changed();
    }, {class: "", "aria-label": `Remove ${text || "it"}`, "data-key": `remove-${place}`});
    return made("li", {class: "chip"}, input, remove);
  }
  function offered(line) {
    const input = field(line.text, `Assumed: ${line.words || line.text}`,
      `assumed-${nameOf(line.text)}`, (now) => {
        if (!now) return `assumed-${nameOf(line.text)}`;
        assumed = assumed.filter((other) => other !== line);
        given = [...given.filter(Boolean), now];
        return `typed-${given.length - 1}`;
      });
    return made("li", {class: "chip assumed", title: line.words || ""}, input);
  }

  /* What the reading assumed; a chip that is being written over is left alone. */
  function assume(lines) {
    const same = JSON.stringify(lines) === JSON.stringify(assumed);
    assumed = lines;
    if (!same && !edited(list.contains(document.activeElement) && document.activeElement)) draw();
  }
  function fill(lines) {
    given = [...lines];
    assumed = [];
    draw();
  }
  return {assume, fill, given: () => given.filter(Boolean),
    input: (place) => list.querySelector(`[data-key="typed-${place}"]`),
    begin: (onChange) => { changed = onChange; }};
})();
