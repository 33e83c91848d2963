/* The answer: an article of the engine's, made live as on a page that stands alone. */
"use strict";
const studioAnswer = (() => {
  const {made, at} = studioElements;
  const box = at("answer");
  const nonce = document.currentScript ? document.currentScript.nonce : "";
  const LABELS = {latex: "LaTeX", notation: "notation", python: "Python", numpy: "NumPy",
    command: "command", c: "C", torch: "PyTorch", jax: "JAX"};
  let clock = 0;

  /* A plot's data are a script, which is run only when it is made anew. */
  function run(root) {
    Array.from(root.querySelectorAll("script[data-plot]")).forEach((old) => {
      const script = document.createElement("script");
      if (nonce) script.nonce = nonce;
      script.textContent = old.textContent;
      old.replaceWith(script);
    });
  }

  /* The result in the languages in which it is taken away, under it. */
  function copies(root, texts) {
    const row = made("div", {class: "buttons copies"});
    Object.entries(LABELS).forEach(([name, label]) => {
      if (texts && texts[name]) {
        row.append(made("button", {type: "button", class: "small", hidden: true,
          "data-copy": texts[name]}, `Copy ${label}`));
      }
    });
    if (!row.childElementCount) return;
    const result = root.querySelector(".result"), head = root.querySelector("article > header");
    if (result) result.append(row);
    else if (head) head.after(row);
  }

  /* Results in matrices have a switch, where there are any. */
  function matrices() {
    const labels = Array.from(box.querySelectorAll(".result .label"), (label) => label).filter(
      (label) => label.textContent === "In matrices");
    const parts = labels.flatMap((label) => [label, label.nextElementSibling]).filter(Boolean);
    parts.forEach((part) => { part.hidden = !at("matrices").checked; });
  }

  /* What is being worked on: one question at a time, which the next one ends, and Stop. */
  let running = null;
  function begin() {
    if (running) running.abort();
    running = new AbortController();
    at("stop").hidden = false;
    box.setAttribute("aria-busy", "true");
    return running;
  }
  /* Whether it was this one, and no other has begun since. */
  function ended(mine) {
    if (mine !== running) return false;
    running = null;
    if (document.activeElement === at("stop")) (at("next-line") || at("formula")).focus();
    at("stop").hidden = true;
    box.removeAttribute("aria-busy");
    return true;
  }
  const broken = (error) => ({ok: false, error: {message: error.name === "AbortError" ? "Stopped."
    : `the page could not go on (${error.message}); ask again`}});
  at("stop").addEventListener("click", () => running && running.abort());

  function empty() {
    clearInterval(clock);
    box.replaceChildren();
  }

  function show(answer, ...further) {
    empty();
    if (!answer.ok) {
      box.append(made("p", {class: "mistyped", role: "alert"},
        studioForm.spoken(answer.error.message)), ...further);
      const {command} = answer.copies || {};
      if (command) {
        box.append(made("pre", {class: "command"}, made("code", {}, command)),
          made("div", {class: "buttons"}, made("button", {type: "button", class: "small",
            hidden: true, "data-copy": command}, "Copy command")));
        window.deriveSetUp(box);
      }
    }
    if (answer.html) {
      const holder = document.createElement("div");
      holder.innerHTML = answer.html; /* made by the engine, which escapes what was typed */
      copies(holder, answer.copies);
      box.append(holder);
      run(holder);
      matrices();
      window.deriveSetUp(box);
      dispatchEvent(new CustomEvent("made", {detail: box}));
    }
    titled(answer);
  }
  function titled(answer) {
    document.title = answer.title ? `${answer.title} · derive studio` : "derive studio";
    at("say").textContent = answer.ok ? `Answered: ${answer.title}` : "";
  }

  function working(words) {
    empty();
    const line = made("p", {class: "working"}, words), began = Date.now();
    box.append(line);
    clock = setInterval(() => {
      line.textContent = `${words} ${Math.floor((Date.now() - began) / 1000)} s`;
    }, 1000);
  }

  /* A link within the answer leads there, and the address keeps the question. */
  box.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#"]');
    const target = link && at(decodeURIComponent(link.getAttribute("href").slice(1)));
    if (!target) return;
    event.preventDefault();
    for (let up = target; up; up = up.parentElement) if (up.localName === "details") up.open = true;
    target.tabIndex = -1;
    target.focus({preventScroll: true});
    (target.closest("details") || target).scrollIntoView();
  });

  return {show, working, begin, ended, broken, empty, titled, matrices, box};
})();
