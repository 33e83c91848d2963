/* Compiles the engine's sources for the Python that runs them: node compile_engine.mjs
   FOLDER_OF_PYODIDE SOURCES.zip ENGINE.zip. Docstrings become empty: nobody reads them there. */
import fs from "node:fs";
import path from "node:path";
import {pathToFileURL} from "node:url";

const [folder, sources, target] = process.argv.slice(2).map((name) => path.resolve(name));
const {loadPyodide} = await import(pathToFileURL(path.join(folder, "pyodide.mjs")).href);
const python = await loadPyodide({indexURL: folder + path.sep});
python.FS.writeFile("/sources.zip", fs.readFileSync(sources));
python.runPython(`
import ast, importlib._bootstrap_external as loading, warnings, zipfile
warnings.simplefilter("ignore")
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)

def compiled(text, name):
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, DOCUMENTED) and ast.get_docstring(node, clean=False):
            node.body[0].value.value = ""
    code = compile(tree, "/engine/" + name, "exec", dont_inherit=True, optimize=0)
    return loading._code_to_timestamp_pyc(code)

with zipfile.ZipFile("/sources.zip") as read, \\
        zipfile.ZipFile("/engine.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=9) as write:
    for name in read.namelist():
        content = read.read(name)
        if name.endswith(".py"):
            name, content = name + "c", compiled(content, name)
        write.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
`);
fs.writeFileSync(target, python.FS.readFile("/engine.zip"));
