/* What is asked, as plain data; its link, its history, and the way back. */
"use strict";
const studioState = (() => {
  const EMPTY = {ask: "", formula: "", given: [], options: {}, detail: "normal"};
  const MOST = 60; /* questions that are remembered */
  const KEY = "derive-studio-history";

  /* Only texts are taken from a link or from what was stored; the engine judges the rest. */
  function cleaned(data) {
    const text = (value) => (typeof value === "string" ? value : "");
    const state = {...EMPTY, ask: text(data && data.ask) || EMPTY.ask,
      formula: text(data && data.formula), detail: text(data && data.detail) || EMPTY.detail};
    state.given = Array.isArray(data && data.given) ? data.given.filter((g) => text(g)) : [];
    state.options = {};
    const options = data && typeof data.options === "object" && data.options ? data.options : {};
    Object.keys(options).forEach((name) => {
      if (text(options[name])) state.options[name] = options[name];
    });
    return state;
  }

  function packed(state) {
    const bytes = new TextEncoder().encode(JSON.stringify(state));
    let signs = "";
    bytes.forEach((byte) => { signs += String.fromCharCode(byte); });
    return btoa(signs).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  }

  function unpacked(text) {
    const bytes = Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")),
      (sign) => sign.charCodeAt(0));
    return cleaned(JSON.parse(new TextDecoder().decode(bytes)));
  }

  /* The question of a link; null where there is none, or where it cannot be read. */
  function fromLink(hash) {
    const match = /^#q=([\w-]+)$/.exec(hash);
    if (!match) return null;
    try {
      return unpacked(match[1]);
    } catch (unreadable) {
      return null;
    }
  }

  /* What the browser does not keep (a private window, or no room) lasts as long as the page. */
  let here = null;
  function stored() {
    if (here) return here;
    try {
      const list = JSON.parse(localStorage.getItem(KEY) || "[]");
      return Array.isArray(list) ? list.map(cleaned) : [];
    } catch (unreadable) {
      return [];
    }
  }
  function keep(list) {
    for (let count = list.length; ; count = Math.floor(count / 2)) {
      try {
        localStorage.setItem(KEY, JSON.stringify(list.slice(0, count)));
        here = null;
        return;
      } catch (full) {
        here = list;
        if (!count) return;
      }
    }
  }

  function remember(state) {
    const same = JSON.stringify(state);
    keep([state, ...stored().filter((s) => JSON.stringify(s) !== same)].slice(0, MOST));
  }

  function forget() {
    here = null;
    try { localStorage.removeItem(KEY); } catch (refused) { here = []; }
  }

  return {EMPTY, cleaned, packed, fromLink, stored, remember, forget};
})();
