/* Unfolding of steps, lighting up of terms, copying. No dependency; nothing leaves the page. */
(() => {
  "use strict";
  const every = (within, selector) => Array.from(within.querySelectorAll(selector));

  function unfold(button, open) {
    button.setAttribute("aria-expanded", String(open));
    document.getElementById(button.getAttribute("aria-controls")).hidden = !open;
    if (open) scrollers();
  }

  function toldAll(button, open) {
    button.setAttribute("aria-pressed", String(open));
    button.textContent = open ? "Close all steps" : "Open all steps";
  }

  /* Without a script every step is open; with it, they start folded. */
  every(document, ".why[aria-controls]").forEach((button) => {
    unfold(button, false);
    button.addEventListener("click", () =>
      unfold(button, button.getAttribute("aria-expanded") !== "true"));
  });
  every(document, "button[data-unfold]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => {
      const open = button.getAttribute("aria-pressed") !== "true";
      every(button.closest("section"), ".why[aria-controls]").forEach((b) => unfold(b, open));
      toldAll(button, open);
    });
  });

  /* A term lights up in its line, and in the lines before and after. */
  let lit = [];
  function light(target) {
    lit.forEach((element) => element.classList.remove("lit"));
    lit = [];
    const term = target && target.closest ? target.closest("[data-term]") : null;
    const line = term && term.closest(".line");
    if (!line) return;
    const name = CSS.escape(term.getAttribute("data-term"));
    [line.previousElementSibling, line, line.nextElementSibling].forEach((near) => {
      if (near) lit.push(...every(near, '[data-term="' + name + '"]'));
    });
    lit.forEach((element) => element.classList.add("lit"));
  }
  document.addEventListener("pointerover", (event) => light(event.target));
  document.addEventListener("pointerdown", (event) => light(event.target));
  document.documentElement.addEventListener("pointerleave", () => light(null));

  /* Boxes that scroll can be reached by keyboard, and fade out where they go on. */
  function fade(box) {
    box.classList.toggle("more", box.scrollLeft + box.clientWidth < box.scrollWidth - 1);
  }
  addEventListener("scroll", (event) => {
    if (event.target.classList && event.target.classList.contains("scroll")) fade(event.target);
  }, true);
  function scrollers() {
    every(document, ".scroll").forEach((box) => {
      fade(box);
      if (box.scrollWidth > box.clientWidth + 1) {
        box.tabIndex = 0;
        box.setAttribute("role", "group");
        box.setAttribute("aria-label", "Long formula; scroll sideways");
      } else {
        ["tabindex", "role", "aria-label"].forEach((name) => box.removeAttribute(name));
      }
    });
  }
  addEventListener("resize", scrollers);
  addEventListener("broken", scrollers); /* breaking.js */
  addEventListener("load", scrollers);
  if (document.fonts && document.fonts.ready) document.fonts.ready.then(scrollers);
  scrollers();

  async function copied(text) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch (refused) {
      const area = document.createElement("textarea");
      area.value = text;
      area.className = "quiet";
      document.body.append(area);
      area.select();
      const done = document.execCommand("copy");
      area.remove();
      return done;
    }
  }
  every(document, "button[data-copy]").forEach((button) => {
    const label = button.textContent;
    button.hidden = false;
    button.addEventListener("click", async () => {
      const done = await copied(button.getAttribute("data-copy"));
      button.textContent = done ? "Copied" : "Copying is not allowed here";
      const say = document.getElementById("say");
      if (say) say.textContent = done ? label + ": done" : "Copying is not allowed here";
      setTimeout(() => { button.textContent = label; }, 1600);
    });
  });
})();
