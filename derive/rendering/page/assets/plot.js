/* Curves with sliders, in SVG. No dependency.

   derivePlot(element, {
     title: "Likelihood", xlabel: "θ", ylabel: "L(θ)",
     x: [0, 1], y: [0, 1],                    // y may be left out: it follows the curves
     curves: [{label: "likelihood", f: (x, p, F) => p.a * Math.exp(-x)},
              {label: "data", points: [[0, 1], [1, 2]], dots: true}],
     sliders: [{name: "a", label: "a", min: 0, max: 2, step: 0.01, value: 1}],
     marks: [{label: "peak", at: (p, F) => [p.a, 1]}],   // points that move
     readout: (p, F) => "area " + (1 / p.a).toFixed(3),  // said after each move
     samples: 240,
   });

   p holds the values of the sliders by name; F has the functions that Math lacks. A page queues
   its plots before this script runs: (window.derivePlots ||= []).push(["id", {…}]). */
(() => {
  "use strict";
  const SVG = "http://www.w3.org/2000/svg";
  const WIDEST = 660, NARROWEST = 300, HEIGHT = 360, LEFT = 58, RIGHT = 14, TOP = 14, BOTTOM = 46;
  const DASHES = ["", "7 4", "2 4", "9 3 2 3"];

  const F = window.derivePlotFunctions || {}; /* plot_functions.js, where formulas call it */

  function made(name, attributes, parent, text) {
    const element = name.startsWith("svg:")
      ? document.createElementNS(SVG, name.slice(4)) : document.createElement(name);
    Object.entries(attributes || {}).forEach(([key, value]) => element.setAttribute(key, value));
    if (text !== undefined) element.textContent = text;
    if (parent) parent.append(element);
    return element;
  }

  const shown = (value) => String(Number(value.toPrecision(4))).replace("-", "\u2212");

  function ticks(low, high) {
    const rough = (high - low) / 5, power = Math.pow(10, Math.floor(Math.log10(rough)));
    const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough * 0.999);
    const found = [];
    for (let n = Math.ceil(low / step - 1e-9); n * step <= high + step * 1e-9; n += 1) {
      found.push(n * step);
    }
    return found;
  }

  function sampled(curve, config, values) {
    if (curve.points) return curve.points;
    const [low, high] = config.x, count = config.samples || 240, found = [];
    for (let n = 0; n <= count; n += 1) {
      const x = low + (high - low) * n / count;
      found.push([x, curve.f(x, values, F)]);
    }
    return found;
  }

  function spread(lines) {
    const all = lines.flat().map((point) => point[1]).filter(Number.isFinite).sort((a, b) => a - b);
    if (!all.length) return [0, 1];
    /* A curve that runs away does not flatten the others. */
    const cut = Math.floor(all.length * 0.02);
    let [low, high] = [all[cut], all[all.length - 1 - cut]];
    const middle = all[all.length >> 1], wide = 30 * (high - low || 1);
    low = all[0] > middle - wide ? all[0] : low;
    high = all[all.length - 1] < middle + wide ? all[all.length - 1] : high;
    if (high - low < 1e-12) return [low - 1, high + 1];
    const room = (high - low) * 0.06;
    return [low >= 0 && low < room * 4 ? 0 : low - room, high + room];
  }

  function path(points, at, limit) {
    let text = "", pen = false;
    points.forEach(([x, y]) => {
      const inside = Number.isFinite(y) && Math.abs(y) < limit;
      if (inside) text += (pen ? "L" : "M") + at(x, y).map((n) => n.toFixed(2)).join(" ");
      pen = inside;
    });
    return text;
  }

  function axes(group, config, range, at, width) {
    const [xs, ys] = [config.x, range];
    ticks(...xs).forEach((x) => {
      const [px] = at(x, ys[0]);
      made("svg:line", {x1: px, x2: px, y1: TOP, y2: HEIGHT - BOTTOM, class: "grid"}, group);
      made("svg:text", {x: px, y: HEIGHT - BOTTOM + 17, "text-anchor": "middle"}, group, shown(x));
    });
    ticks(...ys).forEach((y) => {
      const [, py] = at(xs[0], y);
      made("svg:line", {x1: LEFT, x2: width - RIGHT, y1: py, y2: py, class: "grid"}, group);
      made("svg:text", {x: LEFT - 8, y: py + 4, "text-anchor": "end"}, group, shown(y));
    });
    made("svg:path", {class: "axis",
      d: `M${LEFT} ${TOP}V${HEIGHT - BOTTOM}H${width - RIGHT}`}, group);
    made("svg:text", {x: (LEFT + width - RIGHT) / 2, y: HEIGHT - 8, "text-anchor": "middle",
      class: "axis-label"}, group, config.xlabel || "x");
    const middle = (TOP + HEIGHT - BOTTOM) / 2;
    made("svg:text", {x: 14, y: middle, "text-anchor": "middle", class: "axis-label",
      transform: `rotate(-90 14 ${middle})`}, group, config.ylabel || "");
  }

  function draw(svg, config, values) {
    Array.from(svg.querySelectorAll("g")).forEach((group) => group.remove());
    const width = Math.min(WIDEST, Math.max(NARROWEST, svg.clientWidth || WIDEST));
    svg.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
    svg.querySelector("clipPath rect").setAttribute("width", width - LEFT - RIGHT + 4);
    const lines = config.curves.map((curve) => sampled(curve, config, values));
    const range = config.y || spread(lines);
    const at = (x, y) => [
      LEFT + (width - LEFT - RIGHT) * (x - config.x[0]) / (config.x[1] - config.x[0]),
      TOP + (HEIGHT - TOP - BOTTOM) * (1 - (y - range[0]) / (range[1] - range[0]))];
    axes(made("svg:g", {class: "axes", "aria-hidden": "true"}, svg), config, range, at, width);
    const group = made("svg:g", {"clip-path": `url(#${svg.dataset.clip})`}, svg);
    const limit = 50 * (Math.abs(range[0]) + Math.abs(range[1]));
    lines.forEach((line, number) => {
      const curve = config.curves[number], kind = `curve c${number % 4 + 1}`;
      if (curve.dots) {
        line.forEach(([x, y]) => {
          const [cx, cy] = at(x, y);
          made("svg:circle", {cx, cy, r: 4, class: kind + " dot"}, group);
        });
      } else {
        made("svg:path", {d: path(line, at, limit), class: kind,
          "stroke-dasharray": DASHES[number % DASHES.length]}, group);
      }
    });
    (config.marks || []).forEach((mark) => {
      const place = mark.at(values, F), [cx, cy] = at(...place);
      made("svg:circle", {cx, cy, r: 5, class: "mark"}, group);
      made("svg:text", {x: cx + 9, y: cy - 7, class: "mark-label"}, group, mark.label || "");
    });
  }

  function legend(figure, config) {
    if (config.curves.length < 2 && !config.legend) return;
    const list = made("ul", {class: "plot-legend"}, figure);
    config.curves.forEach((curve, number) => {
      const item = made("li", {}, list);
      const key = made("svg:svg", {viewBox: "0 0 30 10", "aria-hidden": "true"}, item);
      made("svg:path", {d: "M1 5H29", class: `curve c${number % 4 + 1}`,
        "stroke-dasharray": DASHES[number % DASHES.length]}, key);
      item.append(" " + (curve.label || ""));
    });
  }

  let count = 0;
  function derivePlot(element, config) {
    count += 1;
    const figure = made("figure", {class: "plot"}, element);
    if (config.title) made("figcaption", {}, figure, config.title);
    const clip = `plot-clip-${count}`;
    const svg = made("svg:svg", {viewBox: `0 0 ${WIDEST} ${HEIGHT}`, role: "img",
      "data-clip": clip}, figure);
    svg.setAttribute("aria-label", `${config.title || "Plot"}: `
      + `${config.curves.map((c) => c.label).filter(Boolean).join(", ") || "one curve"} against `
      + `${config.xlabel || "x"} from ${config.x[0]} to ${config.x[1]}`);
    const cut = made("svg:clipPath", {id: clip}, made("svg:defs", {}, svg));
    made("svg:rect", {x: LEFT, y: TOP - 4, width: WIDEST,
      height: HEIGHT - TOP - BOTTOM + 8}, cut);
    legend(figure, config);
    const values = {};
    const panel = made("div", {class: "plot-sliders"}, figure);
    const live = made("p", {class: "plot-readout", "aria-live": "polite"}, figure);
    let later = 0;
    function update(quiet) {
      draw(svg, config, values);
      const say = () => {
        live.textContent = config.readout ? config.readout(values, F) : "";
      };
      clearTimeout(later);
      if (quiet) say(); else later = setTimeout(say, 120);
    }
    (config.sliders || []).forEach((slider, number) => {
      const id = `plot-${count}-${number}`;
      values[slider.name] = slider.value;
      made("label", {for: id}, panel, slider.label || slider.name);
      const input = made("input", {type: "range", id, min: slider.min, max: slider.max,
        step: slider.step || (slider.max - slider.min) / 200}, panel);
      input.value = slider.value;
      const output = made("output", {for: id}, panel, shown(Number(slider.value)));
      input.addEventListener("input", () => {
        values[slider.name] = Number(input.value);
        output.textContent = shown(values[slider.name]);
        update(false);
      });
    });
    update(true);
    addEventListener("resize", () => draw(svg, config, values));
    return {values, redraw: () => update(true)};
  }

  window.derivePlot = derivePlot;
  const queued = window.derivePlots || [];
  const start = ([id, config]) => {
    const element = document.getElementById(id);
    element.textContent = "";
    derivePlot(element, config);
  };
  window.derivePlots = {push: start};
  queued.forEach(start);
})();
