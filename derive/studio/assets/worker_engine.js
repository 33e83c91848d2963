/* The engine in a worker of this page: Python runs here, and no server is asked. */
"use strict";
const studioEngine = (() => {
  const at = (id) => document.getElementById(id);
  let worker = null, ready = null, began = null, current = null;
  const waiting = [];

  /* What is loading, in words and as a bar. */
  function progress(words, share) {
    const line = at("engine");
    line.textContent = share < 1 ? `${words}\u2026 ` : words;
    if (share < 1) {
      const bar = document.createElement("progress");
      bar.value = share;
      bar.setAttribute("aria-label", "Loading the engine");
      line.append(bar);
    }
  }

  function start() {
    worker = new Worker("playground_worker.js", {type: "module"});
    ready = new Promise((resolve) => { began = resolve; });
    worker.addEventListener("message", ({data}) => {
      if (data.progress) progress(...data.progress);
      if (data.ready) began();
      if (data.answer !== undefined && current) {
        current.done(JSON.parse(data.answer));
        current = null;
        next();
      }
    });
    worker.addEventListener("error", (event) => {
      event.preventDefault();
      const words = "the engine stopped; it is started again. " + (event.message || "");
      restart({ok: false, error: {message: words.trim()}});
    });
    return ready;
  }

  /* A worker cannot be interrupted: it is ended, and another one is started. */
  function restart(answer) {
    if (worker) worker.terminate();
    const ended = current;
    current = null;
    start().then(next);
    if (ended) ended.done(answer);
  }

  function next() {
    if (current || !waiting.length) return;
    current = waiting.shift();
    worker.postMessage(JSON.stringify(current.request));
  }

  function ask(request, signal) {
    return new Promise((resolve, reject) => {
      const job = {request, done: resolve};
      const stop = () => {
        reject(new DOMException("Stopped", "AbortError"));
        const place = waiting.indexOf(job);
        if (place >= 0) waiting.splice(place, 1);
        else if (current === job) restart({ok: false, error: {message: ""}});
      };
      if (signal && signal.aborted) {
        stop();
        return;
      }
      if (signal) signal.addEventListener("abort", stop, {once: true});
      waiting.push(job);
      ready.then(next);
    });
  }

  start();
  if ("serviceWorker" in navigator && /^(https:|http:\/\/(localhost|127\.))/.test(location.href)) {
    navigator.serviceWorker.register("offline.js").catch(() => {});
  }
  return {ask, ready: ready, words: "Loading the engine\u2026"};
})();
