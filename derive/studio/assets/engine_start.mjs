/* Starts the engine in Pyodide, in a worker of a page and in Node alike. */

/* `begun` is the promise of Pyodide, `archive` that of the engine's bytes. Returns the function
   from a request to its answer, both JSON text. */
export async function startedEngine(begun, archive, progress) {
  progress("Loading Python", 0.1);
  const [python, engine] = await Promise.all([begun, archive]);
  progress("Unpacking the engine", 0.5);
  python.FS.writeFile("/engine.zip", new Uint8Array(engine));
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
  return python.globals.get("answer_text");
}
