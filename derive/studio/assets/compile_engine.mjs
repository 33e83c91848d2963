/* Compiles the engine's sources for the Python that runs them: node compile_engine.mjs
   FOLDER_OF_PYODIDE SOURCES.zip ENGINE.zip */
import fs from "node:fs";
import path from "node:path";
import {pathToFileURL} from "node:url";

const [folder, sources, target] = process.argv.slice(2).map((name) => path.resolve(name));
const {loadPyodide} = await import(pathToFileURL(path.join(folder, "pyodide.mjs")).href);
const python = await loadPyodide({indexURL: folder + path.sep});
python.FS.writeFile("/sources.zip", fs.readFileSync(sources));
python.runPython(`
import importlib._bootstrap_external as loading, warnings, zipfile
warnings.simplefilter("ignore")
with zipfile.ZipFile("/sources.zip") as read, \\
        zipfile.ZipFile("/engine.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=9) as write:
    for name in read.namelist():
        content = read.read(name)
        if name.endswith(".py"):
            code = compile(content, "/engine/" + name, "exec", dont_inherit=True, optimize=0)
            name, content = name + "c", loading._code_to_timestamp_pyc(code)
        write.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
`);
fs.writeFileSync(target, python.FS.readFile("/engine.zip"));
