/* Unfolding of steps, lighting up of terms, tabs, copying. No dependency; nothing leaves the page.
   deriveSetUp(element) does this for what is put into the page later. */
(() => {
  "use strict";
  const every = (within, selector) => Array.from(within.querySelectorAll(selector));

  /* What lines unfold, and longer texts, stand packed in the page: JSON, deflated, in base64. */
  const packs = new WeakMap();
  async function unpacked(text) {
    const bytes = Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return JSON.parse(await new Response(stream).text());
  }
  function pack(prefix) {
    const holder = document.querySelector('script[data-packed="' + prefix + '"]');
    if (!packs.has(holder)) packs.set(holder, unpacked(holder.textContent));
    return packs.get(holder);
  }

  /* Each rule of a line: its card, which stands once on the page, and what it rewrote here. */
  async function fill(panel) {
    const [, prefix, number] = /^(.*)-(\d+)$/.exec(panel.id);
    let rules;
    try {
      rules = (await pack(prefix))[0][number - 1];
    } catch (refused) {
      panel.append("This browser cannot unpack the steps; the rules stand at the end of the page.");
      return;
    }
    rules.forEach(([rule, rewrites]) => {
      const card = document.getElementById(prefix + "-rule-" + rule).cloneNode(true);
      card.removeAttribute("id");
      card.insertAdjacentHTML("beforeend", rewrites);
      panel.append(card);
    });
    dispatchEvent(new CustomEvent("made", {detail: panel}));
    scrollers();
  }

  /* The name of a line's rules becomes a button, and what it opens is made when it is opened. */
  function buttons(root) {
    every(root, "span.why[data-steps]").forEach((words) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "why";
      button.dataset.steps = words.dataset.steps;
      const inner = document.createElement("span");
      inner.append(...words.childNodes);
      button.append(inner);
      if (!every(inner, "*").concat(inner).some((e) => !e.closest("math") && Array.from(e.childNodes)
        .some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim()))) {
        button.setAttribute("aria-label", inner.textContent.trim()); /* of a formula alone, too */
      }
      words.replaceWith(button);
    });
  }

  function unfold(button, open) {
    const name = button.dataset.steps || button.getAttribute("aria-controls");
    let panel = document.getElementById(name);
    button.setAttribute("aria-expanded", String(open));
    if (!panel && open) {
      panel = document.createElement("div");
      panel.className = "panel";
      panel.id = name;
      button.after(panel);
      button.setAttribute("aria-controls", name);
      fill(panel);
    }
    if (panel) panel.hidden = !open;
    if (open) scrollers();
  }

  function unfolding(root) {
    every(root, "button.why").forEach((button) => {
      unfold(button, false);
      button.addEventListener("click", () =>
        unfold(button, button.getAttribute("aria-expanded") !== "true"));
    });
    every(root, "script[data-packed]").forEach((holder) => {
      pack(holder.getAttribute("data-packed")).catch(() => {});
    });

    every(root, "button[data-unfold]").forEach((button) => {
      const section = button.closest("section");
      if (!section.querySelector(".why, details.part")) return;
      button.hidden = false;
      button.addEventListener("click", () => {
        const open = button.getAttribute("aria-pressed") !== "true";
        every(section, "details.part").forEach((part) => { part.open = open; });
        every(section, "button.why").forEach((b) => unfold(b, open));
        button.setAttribute("aria-pressed", String(open));
        button.textContent = open ? "Close all steps" : "Open all steps";
      });
    });
    every(root, "details").forEach((part) => part.addEventListener("toggle", () => scrollers()));
  }

  /* A link into a folded part opens it; the list of contents is open where there is room. */
  function reveal() {
    let name = location.hash.slice(1);
    try {
      name = decodeURIComponent(name);
    } catch (malformed) { /* it is a name as it stands */ }
    const target = name && document.getElementById(name);
    if (!target) return;
    for (let at = target; at; at = at.parentElement) if (at.localName === "details") at.open = true;
    (target.closest("details") || target).scrollIntoView();
  }
  addEventListener("hashchange", reveal);
  function contents(root) {
    every(root, ".contents > details").forEach((list) => {
      const below = list.querySelector("[data-parts]"), ul = document.createElement("ul");
      every(document.getElementById(below.dataset.parts), "details.part").forEach((part) => {
        const link = document.createElement("a"), item = document.createElement("li");
        link.href = "#" + part.querySelector("ol").id;
        link.append(...part.querySelector(".name").cloneNode(true).childNodes);
        link.setAttribute("aria-label", link.textContent.trim()); /* of a formula alone, too */
        item.append(link);
        ul.append(item);
      });
      below.append(ul);
      const wide = matchMedia("(min-width: 97rem)");
      const fit = () => { list.open = wide.matches; };
      wide.addEventListener("change", fit);
      fit();
    });
  }

  /* A term lights up in its line, and in the lines before and after: equal elements are equal
     terms. A letter is one, too, unless it is a script of another. */
  const PARTS = "mrow, mfrac, msub, msup, msubsup, munder, msqrt, mtable";
  function termAt(target) {
    if (!target || !target.closest || !target.closest("math")) return null;
    const letter = target.localName === "mi" && !/^m(sub|sup|under)/.test(
      target.parentElement.localName);
    return letter ? target : target.closest(PARTS);
  }
  let lit = [];
  function light(target) {
    lit.forEach((element) => element.classList.remove("lit"));
    lit = [];
    const term = termAt(target), line = term && term.closest(".line");
    if (!line) return;
    const same = term.outerHTML;
    [line.previousElementSibling, line, line.nextElementSibling].forEach((near) => {
      if (near) lit.push(...every(near, term.localName).filter((e) => e.outerHTML === same));
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
      if (box.scrollWidth > box.clientWidth + 1 || box.scrollHeight > box.clientHeight + 1) {
        box.tabIndex = 0;
        box.setAttribute("role", "group");
        box.setAttribute("aria-label", box.localName === "pre" ? "Code; scroll"
          : "Long formula; scroll sideways");
      } else {
        ["tabindex", "role", "aria-label"].forEach((name) => box.removeAttribute(name));
      }
    });
  }
  addEventListener("resize", scrollers);
  addEventListener("broken", scrollers); /* breaking.js */
  addEventListener("load", scrollers);
  if (document.fonts && document.fonts.ready) document.fonts.ready.then(scrollers);

  /* Texts under their titles become tabs: arrow keys, Home and End go from one to another. */
  let groups = 0;
  function tabs(root) {
    every(root, "[data-tabs]").forEach((group) => {
      groups += 1;
      const panels = every(group, ".tab");
      const list = document.createElement("div");
      list.className = "tab-list";
      list.setAttribute("role", "tablist");
      list.setAttribute("aria-label", group.getAttribute("data-tabs"));
      const handles = panels.map((panel, number) => {
        const title = panel.firstElementChild, tab = document.createElement("button");
        tab.type = "button";
        tab.textContent = title.textContent;
        tab.id = "tab-" + groups + "-" + number;
        panel.id = tab.id + "-panel";
        tab.setAttribute("role", "tab");
        tab.setAttribute("aria-controls", panel.id);
        panel.setAttribute("role", "tabpanel");
        panel.setAttribute("aria-labelledby", tab.id);
        title.hidden = true;
        tab.addEventListener("click", () => choose(number));
        list.append(tab);
        return tab;
      });
      function choose(chosen) {
        handles.forEach((tab, number) => {
          tab.setAttribute("aria-selected", String(number === chosen));
          tab.tabIndex = number === chosen ? 0 : -1;
          panels[number].hidden = number !== chosen;
        });
        scrollers();
      }
      list.addEventListener("keydown", (event) => {
        const at = handles.indexOf(document.activeElement), last = handles.length - 1;
        const next = {ArrowRight: at < last ? at + 1 : 0, ArrowLeft: at > 0 ? at - 1 : last,
          Home: 0, End: last}[event.key];
        if (next === undefined || at < 0) return;
        event.preventDefault();
        choose(next);
        handles[next].focus();
      });
      group.prepend(list);
      choose(0);
    });
  }

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
  function copying(root, selector, text) {
    every(root, selector).forEach((button) => {
      const label = button.textContent;
      button.hidden = false;
      button.addEventListener("click", async () => {
        const done = await copied(await text(button));
        button.textContent = done ? "Copied" : "Copying is not allowed here";
        const say = document.getElementById("say");
        if (say) say.textContent = done ? label + ": done" : "Copying is not allowed here";
        setTimeout(() => { button.textContent = label; }, 1600);
      });
    });
  }
  function copies(root) {
    copying(root, "button[data-copy]", (button) => button.getAttribute("data-copy"));
    copying(root, "button[data-copy-code]", (button) =>
      button.closest(".tab").querySelector("code").textContent);
    copying(root, "button[data-copy-packed]", async (button) => {
      const [prefix, key] = button.getAttribute("data-copy-packed").split(" ");
      return (await pack(prefix))[1][key];
    });
  }

  function setUp(root) {
    [buttons, unfolding, contents, tabs, copies].forEach((make) => make(root));
    scrollers();
  }
  window.deriveSetUp = setUp;
  setUp(document);
  reveal();
})();
