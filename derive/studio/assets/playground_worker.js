/* Python in a worker: loads the engine once, then answers requests as JSON text. What breaks is
   answered in words; the page then ends this worker and starts another. */
import {loadPyodide} from "./pyodide/pyodide.mjs";
import {startedEngine} from "./engine_start.mjs";

const progress = (words, share) => postMessage({progress: [words, share]});
const words = (error) => String((error && error.message) || error).trim().split("\n").pop();

async function bytes(name) {
  const response = await fetch(name);
  if (!response.ok) throw new Error(`${name} cannot be had (${response.status})`);
  return response.arrayBuffer();
}

const begun = startedEngine(
  loadPyodide({indexURL: new URL("./pyodide/", import.meta.url).href}), bytes("engine.zip"),
  progress);
begun.then(() => {
  progress("Answers come from this page; nothing leaves it.", 1);
  postMessage({ready: true});
}, (error) => postMessage({failed: words(error)}));

addEventListener("message", async ({data}) => {
  let answer;
  try {
    answer = await begun;
  } catch (reported) {
    return;
  }
  try {
    postMessage({answer: answer(data)});
  } catch (error) {
    postMessage({broken: words(error)});
  }
});
