/* The engine in a worker of this page: Python runs here, and no server is asked. */
"use strict";
const studioEngine = (() => {
  const SECONDS = 20; /* what the engine allows itself where a request asks for no other bound */
  const GRACE = 30; /* seconds beyond it, after which a worker is taken for dead */
  const MOST_FAILURES = 2; /* starts in a row that fail, before the page gives up */
  const at = (id) => document.getElementById(id);
  const refusal = (words) => ({ok: false, error: {message: words}});
  const sentence = (words) => words[0].toUpperCase() + words.slice(1) + ".";
  const waiting = [];
  let worker = null, up = false, current = null, failures = 0, lost = "", begun = null;
  const ready = new Promise((resolve) => { begun = resolve; });

  /* What is loading, in words and as one bar. */
  const bar = document.createElement("progress");
  bar.setAttribute("aria-label", "Loading the engine");
  function progress(words, share) {
    bar.value = share;
    at("engine").replaceChildren(share < 1 ? `${words}\u2026 ` : words,
      ...(share < 1 ? [bar] : []));
  }

  function start() {
    up = false;
    progress("Starting the engine", 0);
    let mine = null;
    try {
      mine = new Worker("playground_worker.js", {type: "module"});
    } catch (refused) { /* a page that is opened as a file */
      failures = MOST_FAILURES;
      ended(refused.message);
      return;
    }
    worker = mine;
    mine.addEventListener("message", ({data}) => mine === worker && heard(data));
    mine.addEventListener("error", (event) => {
      event.preventDefault();
      if (mine === worker) ended(event.message || "it could not be loaded");
    });
  }

  function heard(data) {
    if (data.progress) progress(...data.progress);
    if (data.ready) {
      up = true;
      failures = 0;
      begun();
      next();
    }
    if (data.answer !== undefined) {
      done(JSON.parse(data.answer));
      next();
    }
    if (data.failed !== undefined || data.broken !== undefined) ended(data.failed || data.broken);
  }

  function done(answer) {
    const job = current;
    current = null;
    if (!job) return;
    clearTimeout(job.watch);
    job.done(answer);
  }

  /* A worker that died is replaced; one that cannot be started twice is given up. */
  function ended(words) {
    if (!up) failures += 1;
    const why = words ? ` (${words})` : "";
    if (failures < MOST_FAILURES) {
      restart(refusal(`the engine stopped${why}; it is started again, ask once more`));
      return;
    }
    lost = `the engine cannot be started here${why}; ` + (location.protocol === "file:"
      ? "serve its folder, say with: python -m http.server" : "reload the page to try again");
    if (worker) worker.terminate();
    worker = null;
    progress(sentence(lost), 1);
    begun();
    done(refusal(lost));
    waiting.splice(0).forEach((job) => job.done(refusal(lost)));
  }

  /* A worker cannot be interrupted: it is ended, and another one is started. */
  function restart(answer) {
    worker.terminate();
    start();
    done(answer);
  }

  function next() {
    if (!up || current || !waiting.length) return;
    current = waiting.shift();
    const bound = Number(current.request.patience) || SECONDS;
    current.watch = setTimeout(() => ended("no answer within the bound on its work"),
      1000 * (bound + GRACE));
    worker.postMessage(JSON.stringify(current.request));
  }

  function ask(request, signal) {
    if (lost) return Promise.resolve(refusal(lost));
    return new Promise((resolve, reject) => {
      const job = {request, done: resolve};
      const stop = () => {
        reject(new DOMException("Stopped", "AbortError"));
        const place = waiting.indexOf(job);
        if (place >= 0) waiting.splice(place, 1);
        else if (current === job) restart(refusal("stopped"));
      };
      if (signal && signal.aborted) {
        stop();
        return;
      }
      if (signal) signal.addEventListener("abort", stop, {once: true});
      waiting.push(job);
      next();
    });
  }

  start();
  if ("serviceWorker" in navigator && isSecureContext) {
    navigator.serviceWorker.register("offline.js").catch(() => {}); /* then it needs its host */
  }
  /* `slack` is for how many ms a reading may keep the next one waiting: to end it costs a start. */
  return {ask, ready, slack: 10000, get words() { return lost ? sentence(lost) : "Loading the engine\u2026"; }};
})();
