/* The answer: an article of the engine's, made live as on a page that stands alone. */
"use strict";
const studioAnswer = (() => {
  const {made, at} = studioForm;
  const box = at("answer");
  const nonce = document.currentScript ? document.currentScript.nonce : "";
  const LABELS = {latex: "LaTeX", notation: "Notation", python: "Python", numpy: "NumPy",
    command: "Command", c: "C", torch: "PyTorch", jax: "JAX"};

  /* A plot's data are a script, which is run only when it is made anew. */
  function run(root) {
    Array.from(root.querySelectorAll("script:not([type])")).forEach((old) => {
      const script = document.createElement("script");
      if (nonce) script.nonce = nonce;
      script.textContent = old.textContent;
      old.replaceWith(script);
    });
  }

  function copies(texts) {
    const row = made("div", {class: "buttons copies"});
    Object.entries(texts || {}).forEach(([name, text]) => {
      if (text) row.append(made("button", {type: "button", class: "small", hidden: true,
        "data-copy": text}, `Copy ${LABELS[name] || name}`));
    });
    return row;
  }

  function show(answer) {
    box.replaceChildren();
    box.removeAttribute("aria-busy");
    if (!answer.ok) {
      box.append(made("p", {class: "mistyped", role: "alert"}, answer.error.message));
    }
    if (answer.html) {
      const holder = document.createElement("div");
      holder.innerHTML = answer.html; /* made by the engine, which escapes what was typed */
      box.append(copies(answer.copies), holder);
      run(holder);
      window.deriveSetUp(box);
      dispatchEvent(new CustomEvent("made", {detail: box}));
    }
    document.title = answer.title ? `${answer.title} · derive studio` : "derive studio";
    at("say").textContent = answer.ok ? `Answered: ${answer.title}` : "";
  }

  function working(words) {
    box.replaceChildren(made("p", {class: "working"}, words));
    box.setAttribute("aria-busy", "true");
  }

  return {show, working, box};
})();
