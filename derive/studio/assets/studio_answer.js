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
    Array.from(root.querySelectorAll("script:not([type])")).forEach((old) => {
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

  function empty() {
    clearInterval(clock);
    box.replaceChildren();
    box.removeAttribute("aria-busy");
  }

  function show(answer, ...further) {
    empty();
    if (!answer.ok) {
      box.append(made("p", {class: "mistyped", role: "alert"},
        studioForm.spoken(answer.error.message)), ...further);
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
    box.setAttribute("aria-busy", "true");
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

  return {show, working, empty, titled, matrices, box};
})();
