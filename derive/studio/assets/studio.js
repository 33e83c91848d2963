/* The studio: asks, goes back and forth, examples, catalogue and history. */
"use strict";
(() => {
  const {made, at, offered} = studioForm;
  const {EMPTY, cleaned, packed, fromLink, stored, remember, forget} = studioState;
  let running = null, past = [], future = [], present = JSON.stringify(EMPTY);

  /* Undo and redo: what was typed in one go is one step. */
  let last = 0;
  function changed() {
    const next = JSON.stringify(studioForm.state()), now = Date.now();
    if (next === present) return;
    if (now - last > 700 || !past.length) past.push(present);
    past = past.slice(-200);
    future = [];
    present = next;
    last = now;
    buttons();
  }
  function go(from, to) {
    if (!from.length) return;
    to.push(present);
    present = from.pop();
    studioForm.fill(JSON.parse(present));
    studioForm.readSoon();
    buttons();
  }
  function buttons() {
    at("undo").disabled = !past.length;
    at("redo").disabled = !future.length;
  }
  function put(state, askNow) {
    past.push(present);
    future = [];
    present = JSON.stringify(state);
    studioForm.fill(state);
    buttons();
    studioForm.read();
    if (askNow) ask();
    else at("formula").focus();
  }

  function link(state) {
    return location.href.split("#")[0] + "#q=" + packed(state);
  }

  async function ask() {
    if (running) running.abort();
    const mine = new AbortController(), state = studioForm.state();
    if (state.ask === "practice") {
      remember(state);
      history.replaceState(null, "", link(state));
      studioPractice.begin(state);
      return;
    }
    running = mine;
    at("stop").hidden = false;
    studioAnswer.working("Deriving and checking\u2026");
    try {
      const answer = await studioEngine.ask(state, mine.signal);
      if (mine !== running) return;
      studioAnswer.show(answer);
      studioForm.fault(answer.ok ? null : answer.error);
      if (answer.ok) {
        remember(state);
        history.replaceState(null, "", link(state));
        studioAnswer.box.focus({preventScroll: true});
        studioAnswer.box.scrollIntoView({block: "nearest"});
      }
    } catch (stopped) {
      if (mine === running) studioAnswer.show({ok: false, error: {message: "Stopped."}});
    } finally {
      if (mine === running) {
        running = null;
        at("stop").hidden = true;
      }
    }
  }

  /* Lists in dialogs. */
  function dialog(box, title, ...content) {
    const close = made("button", {type: "button", class: "small close"}, "Close");
    close.addEventListener("click", () => box.close());
    box.replaceChildren(close, made("h2", {id: box.getAttribute("aria-labelledby")}, title),
      ...content);
    box.showModal();
  }
  function row(words, note, code, act) {
    const button = made("button", {type: "button"}, words, made("small", {}, note));
    if (code) button.append(made("code", {}, code));
    button.addEventListener("click", act);
    return made("li", {}, button);
  }
  const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, " ").trim();
  const ASKED = {losses: "gradient", distributions: "likelihood", activations: "cost",
    cells: "back-propagation"};
  function catalogue() {
    const field = made("input", {type: "search", id: "search", spellcheck: "false"});
    const list = made("ul", {}), count = made("p", {role: "status"});
    const words = offered.entries.map((e) => " " + plain([e.name, e.title, e.meaning, e.section,
      e.words].join(" ")));
    function fill() {
      const typed = plain(field.value).split(" ").filter(Boolean);
      const fits = offered.entries.filter((_, n) => typed.every((w) => words[n].includes(" " + w)));
      count.textContent = `${fits.length} of ${offered.entries.length}`;
      list.replaceChildren(...fits.slice(0, 80).map((e) => row(e.title, e.meaning, e.name, () => {
        at("catalogue").close();
        const asked = studioForm.question();
        const same = asked.entries === e.table ? asked.name : ASKED[e.table];
        put(cleaned({ask: same, formula: e.name}), true);
      })));
    }
    field.addEventListener("input", fill);
    dialog(at("catalogue"), "Catalogue", made("label", {for: "search"}, "Search"), field, count,
      list);
    fill();
    field.focus();
  }
  function earlier() {
    const list = stored(), clear = made("button", {type: "button", class: "small"}, "Forget all");
    clear.addEventListener("click", () => {
      forget();
      at("history").close();
    });
    const rows = list.map((state) => row(state.formula.split("\n").pop().slice(0, 120),
      (studioForm.asks.get(state.ask) || {label: state.ask}).label, "", () => {
        at("history").close();
        put(state, true);
      }));
    dialog(at("history"), "History", rows.length ? made("ul", {}, ...rows)
      : made("p", {}, "Nothing was asked yet."), ...(rows.length ? [clear] : []));
  }

  const topics = new Map();
  offered.examples.forEach((example) => {
    if (!topics.has(example.topic)) topics.set(example.topic, made("ul", {}));
    const button = made("button", {type: "button", class: "small"}, example.title);
    button.addEventListener("click", () => put(cleaned(example), true));
    topics.get(example.topic).append(made("li", {}, button));
  });
  topics.forEach((list, topic) => at("examples").append(made("h2", {}, topic), list));

  at("question").addEventListener("submit", (event) => {
    event.preventDefault();
    ask();
  });
  at("formula").addEventListener("keydown", (event) => {
    const lines = ["check", "practice"].includes(studioForm.question().name);
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey || !(event.shiftKey || lines))) {
      event.preventDefault();
      ask();
    }
  });
  at("stop").addEventListener("click", () => running && running.abort());
  at("undo").addEventListener("click", () => go(past, future));
  at("redo").addEventListener("click", () => go(future, past));
  at("open-catalogue").addEventListener("click", catalogue);
  at("open-history").addEventListener("click", earlier);
  at("detail").addEventListener("change", () => studioAnswer.box.childElementCount && ask());
  at("link").addEventListener("click", async () => {
    const address = link(studioForm.state());
    try {
      await navigator.clipboard.writeText(address);
      at("say").textContent = "Link copied";
    } catch (refused) {
      history.replaceState(null, "", address);
      at("say").textContent = "The link stands in the address bar";
    }
  });
  addEventListener("hashchange", () => {
    const state = fromLink(location.hash);
    if (state) put(state, true);
  });

  studioForm.begin(changed);
  buttons();
  at("engine").textContent = studioEngine.words;
  const linked = fromLink(location.hash);
  studioForm.fill(linked || EMPTY);
  present = JSON.stringify(studioForm.state());
  if (location.hash.startsWith("#q=") && !linked) {
    studioAnswer.show({ok: false, error: {message: "This link cannot be read; it may be cut off."}});
  }
  studioEngine.ready.then(() => {
    if (linked) ask();
    studioForm.read();
  });
})();
