/* The studio: asks, goes back and forth, examples, catalogue and history. */
"use strict";
(() => {
  const {made, at, button} = studioElements, {offered} = studioForm;
  const {EMPTY, cleaned, packed, fromLink, stored, remember, forget} = studioState;
  let past = [], future = [], present = JSON.stringify(EMPTY);

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

  /* Asked from the form's fields, the focus stays for the next try; else it goes to the answer. */
  async function ask(patience) {
    const mine = studioAnswer.begin(), state = studioForm.state();
    const stays = document.activeElement && document.activeElement.matches("input, textarea, select");
    at("examples").open = false;
    studioAnswer.working("Deriving and checking\u2026");
    at("say").textContent = "Working";
    let answer;
    try {
      answer = await studioEngine.ask(patience ? {...state, patience} : state, mine.signal);
    } catch (error) {
      answer = studioAnswer.broken(error);
    }
    if (studioAnswer.ended(mine)) show(answer, state, stays);
  }
  /* What mends an error with one press: more time, or a choice that the formula leaves open. */
  function remedies(error) {
    const seconds = Math.min(300, 4 * (error.late || 0));
    return [...(seconds ? [button(`Allow ${seconds} s`, () => ask(seconds))] : []),
      ...(error.choices || []).map((choice) => button(choice, () => {
        at(`input-${error.option}`).value = choice;
        changed();
        ask();
      }, {"aria-label": `${document.querySelector(`label[for="input-${error.option}"]`).textContent
      } ${choice}`}))];
  }
  function show(answer, state, stays) {
    if (answer.practice) {
      studioPractice.begin(answer.practice, state);
      studioAnswer.titled(answer);
    } else {
      studioAnswer.show(answer, made("div", {class: "buttons"}, ...remedies(answer.error || {})));
    }
    studioForm.fault(answer.ok || !answer.error.field ? null : answer.error);
    if (answer.ok) {
      remember(state);
      history.replaceState(null, "", link(state));
    }
    if (stays && matchMedia("(pointer: coarse)").matches) document.activeElement.blur();
    else if (!answer.practice && (!stays || document.activeElement === document.body)) {
      studioAnswer.box.focus({preventScroll: true});
    }
    if (studioAnswer.box.getBoundingClientRect().top > innerHeight / 2) {
      studioAnswer.box.scrollIntoView();
    }
  }

  /* Lists in dialogs. */
  function dialog(box, title, ...content) {
    const close = button("Close", () => box.close(), {class: "small close"});
    box.replaceChildren(close, made("h2", {id: box.getAttribute("aria-labelledby")}, title),
      ...content);
    box.showModal();
  }
  function row(words, note, code, act) {
    const choice = button(words, act, {class: ""});
    choice.append(made("small", {}, note), ...(code ? [made("code", {}, code)] : []));
    return made("li", {}, choice);
  }
  const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, " ").trim();
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
        const takes = [studioForm.question(), ...offered.questions].find(
          (question) => question.entries === e.table);
        put(cleaned({ask: takes.name, formula: e.name}), true);
      })));
    }
    field.addEventListener("input", fill);
    dialog(at("catalogue"), "Catalogue", made("label", {for: "search"}, "Search"), field, count,
      list);
    fill();
    field.focus();
  }
  function earlier() {
    const list = stored(), clear = button("Forget all", () => {
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
    topics.get(example.topic).append(made("li", {}, button(example.title,
      () => put(cleaned(example), true))));
  });
  topics.forEach((list, topic) => at("examples").append(made("h2", {}, topic), list));

  at("question").addEventListener("submit", (event) => {
    event.preventDefault();
    ask();
  });
  at("formula").addEventListener("keydown", (event) => {
    const lines = ["sheet", "model"].includes(studioForm.question().kind);
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey || !(event.shiftKey || lines))) {
      event.preventDefault();
      ask();
    }
  });
  at("undo").addEventListener("click", () => go(past, future));
  at("redo").addEventListener("click", () => go(future, past));
  at("open-catalogue").addEventListener("click", catalogue);
  at("open-history").addEventListener("click", earlier);
  at("detail").addEventListener("change", () => studioAnswer.box.querySelector("article") && ask());
  at("matrices").addEventListener("change", studioAnswer.matrices);
  studioAnswer.box.addEventListener("keydown", (event) => {
    if (event.key === "Escape") at("formula").focus();
  });
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
  /* The question of the address; null, and words, for one that cannot be read. */
  function followed() {
    const state = fromLink(location.hash);
    if (!state && location.hash.startsWith("#q=")) {
      studioAnswer.ended(studioAnswer.begin()); /* what was being worked on is given up */
      studioAnswer.show({ok: false, error: {message: "This link cannot be read; it may be cut off."}});
    }
    return state;
  }
  addEventListener("hashchange", () => {
    const state = followed();
    if (state) put(state, true);
  });

  studioForm.begin(changed);
  buttons();
  at("engine").textContent = studioEngine.words;
  const linked = followed();
  studioForm.fill(linked || EMPTY);
  at("examples").open = !linked;
  present = JSON.stringify(studioForm.state());
  studioEngine.ready.then(() => {
    if (linked) ask();
    studioForm.read();
  });
})();
