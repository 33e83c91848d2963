/* Python in a worker: loads the engine once, then answers requests as JSON. */
import {loadPyodide} from "./pyodide/pyodide.mjs";

const progress = (words, share) => postMessage({progress: [words, share]});

const begun = (async () => {
  progress("Loading Python", 0.1);
  const archive = fetch("engine.zip").then((response) => response.arrayBuffer());
  const python = await loadPyodide({indexURL: new URL("./pyodide/", import.meta.url).href});
  progress("Unpacking the engine", 0.5);
  python.FS.writeFile("/engine.zip", new Uint8Array(await archive));
  python.runPython(`
import sys, zipfile
with zipfile.ZipFile("/engine.zip") as archive:
    archive.extractall("/engine", [n for n in archive.namelist() if n.startswith("derive/")])
sys.path[:0] = ["/engine", "/engine.zip"]
`);
  progress("Loading the algebra", 0.6);
  python.runPython("import sympy");
  progress("Loading the rules", 0.8);
  python.runPython("from derive.studio.answer_text import answer_text");
  const answer = python.globals.get("answer_text");
  progress("Answers come from this page; nothing leaves it.", 1);
  postMessage({ready: true});
  return answer;
})();

addEventListener("message", async ({data}) => {
  const answer = await begun;
  postMessage({answer: answer(data)});
});
