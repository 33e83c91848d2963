/* The engine behind a local server: a request is posted, an answer comes back. */
"use strict";
const studioEngine = (() => {
  /* The token stands in the link that the server printed; it is kept for the tabs of this origin,
     which no other page reads, and leaves the address. */
  const link = new URLSearchParams(location.search);
  const KEY = "derive-studio-token";
  const given = link.get("token") || "";
  function token() {
    try {
      return localStorage.getItem(KEY) || given;
    } catch (refused) {
      return given; /* it lasts as long as the page */
    }
  }
  try {
    if (given) localStorage.setItem(KEY, given);
  } catch (refused) { /* see above */ }
  if (link.has("token")) history.replaceState(null, "", location.pathname + location.hash);

  const MOST_BYTES = 1000000; /* the server reads no more */

  async function ask(request, signal) {
    const body = JSON.stringify(request);
    if (new Blob([body]).size > MOST_BYTES) {
      return {ok: false, error: {message: "the texts have more than a million signs; the command "
        + "line takes long ones from a file"}};
    }
    let response;
    try {
      response = await fetch("answer", {method: "POST", signal, body,
        headers: {"Content-Type": "application/json", "X-Derive-Token": token()}});
    } catch (error) {
      if (error.name === "AbortError") throw error;
      return {ok: false, error: {message:
        "the server does not answer; start it again with: derive studio"}};
    }
    try {
      return await response.json();
    } catch (unreadable) {
      return {ok: false, error: {message: `the server answered ${response.status}`}};
    }
  }
  /* `slack` is for how many ms a reading may keep the next one waiting. */
  return {ask, ready: Promise.resolve(), slack: 1500, words: "Answers come from this machine."};
})();
