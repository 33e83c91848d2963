/* The playground's engine in Node: node answers_in_node.mjs BUILT REQUESTS.json ANSWERS.json
   BUILT is a folder that `derive site --playground` wrote. Seconds are of processor time. */
import fs from "node:fs";
import path from "node:path";
import {pathToFileURL} from "node:url";

const [built, requests, answers] = process.argv.slice(2).map((name) => path.resolve(name));
const module_ = (...names) => import(pathToFileURL(path.join(built, ...names)).href);
const cpu = () => {
  const used = process.cpuUsage();
  return (used.user + used.system) / 1e6;
};
const start = cpu(), stages = [];
const {loadPyodide} = await module_("pyodide", "pyodide.mjs");
const {startedEngine} = await module_("engine_start.mjs");
const answer = await startedEngine(loadPyodide({indexURL: path.join(built, "pyodide") + path.sep}),
  fs.promises.readFile(path.join(built, "engine.zip")),
  (words) => stages.push([words, cpu() - start]));
const started = cpu() - start;
const answered = JSON.parse(fs.readFileSync(requests, "utf8")).map((request) => {
  const begun = cpu();
  try {
    return {answer: answer(request), seconds: cpu() - begun};
  } catch (error) {
    return {broken: String(error).slice(-2000), seconds: cpu() - begun};
  }
});
fs.writeFileSync(answers, JSON.stringify({started, stages, answered}));
