/* Curves with sliders, in SVG. No dependency.

   derivePlot(element, {
     title: "Likelihood", xlabel: "θ", ylabel: "L(θ)",
     x: [0, 1], y: [0, 1],                    // y may be left out: it follows the curves
     curves: [{label: "likelihood", f: (x, p, F) => p.a * Math.exp(-x)},
              {label: "step", f: (x, p, F) => (x < p.a ? 0 : 1),
               borders: [(x, p, F) => x - p.a],   // 0 where it may jump; there it is broken
               where: (x, p, F) => x !== p.a},    // false: both ends are open
              {label: "data", points: [[0, 1], [1, 2]], dots: true}],
     sliders: [{name: "a", label: "a", min: 0, max: 2, step: 0.01, value: 1}],
     marks: [{label: "peak", at: (p, F) => [p.a, 1]}],   // points that move
     readout: (p, F) => "area " + (1 / p.a).toFixed(3),  // said after each move
     samples: 240,
   });

   p holds the values of the sliders by name; F (plot_functions.js) has the functions that Math
   lacks. A page queues its plots before this script runs:
   (window.derivePlots ||= []).push(["id", {…}]). */
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

  /* The borders behind a sample up to the next: where a difference changes its sign. */
  function bordersBetween(low, high, sides) {
    const found = [], apart = 1e-11, same = (a, b) => a.every((side, n) => side === b[n]);
    for (let count = 0; count < 8; count += 1) {
      let left = low + apart * Math.max(1, Math.abs(low)), right = high;
      const before = sides(left);
      if (left >= high || same(before, sides(high)) || before.some(Number.isNaN)) return found;
      while (right - left > apart / 100 * Math.max(1, Math.abs(left))) {
        const middle = (left + right) / 2;
        if (same(sides(middle), before)) left = middle; else right = middle;
      }
      const exact = [Number(right.toFixed(10)), right].find((x) =>
        sides(x).some((side, n) => side === 0 && before[n] !== 0));
      low = exact === undefined ? right : exact;
      found.push([low, exact !== undefined]);
    }
    return found;
  }

  /* The points of a curve, with a gap where it jumps, and its ends there: open or closed. */
  function sampled(curve, config, values) {
    if (curve.points) {
      return {points: curve.points.map(([x, y]) => [x, y === null ? NaN : y]), ends: curve.ends || []};
    }
    const [low, high] = config.x, count = config.samples || 240, near = (high - low) * 1e-8;
    const height = (x) => curve.f(x, values, F);
    const sides = (x) => (curve.borders || []).map((border) => Math.sign(border(x, values, F)));
    const points = [[low, height(low)]], ends = [];
    const xs = Array.from({length: count + 1}, (_, n) => low + (high - low) * n / count);
    const known = xs.map(height).filter(Number.isFinite);
    const scale = Math.max(...known) - Math.min(...known) || Math.abs(known[0]) || 1;
    const differ = (a, b) => Math.abs(a - b) > 1e-3 * scale;
    function across([x, exact]) {
      const left = height(x - near), right = height(x + near), there = height(x);
      const here = exact && (!curve.where || curve.where(x, values, F)) ? there : NaN;
      if (!(Math.abs(left) < 1e3 * scale && Math.abs(right) < 1e3 * scale)) {
        points.push([x, NaN]);
      } else if (differ(left, right)) {
        points.push([x, left], [x, NaN], [x, right]);
        if (!exact) return;
        const marks = [left, right].map((y) => [x, y, !differ(y, here) && Number.isFinite(here)]);
        ends.push(...marks);
        if (Number.isFinite(here) && !marks.some((mark) => mark[2])) ends.push([x, here, true]);
      } else if (Number.isFinite(here) && differ(left, here)) {
        points.push([x, left]);
        ends.push([x, left, false], [x, here, true]);
      } else {
        points.push([x, Number.isFinite(there) ? there : left]);
      }
    }
    for (let n = 1; n <= count; n += 1) {
      if (curve.borders) bordersBetween(xs[n - 1], xs[n], sides).forEach(across);
      if (points[points.length - 1][0] !== xs[n]) points.push([xs[n], height(xs[n])]);
    }
    return {points, ends};
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

  function axes(group, config, range, at, right) {
    const [xs, ys] = [config.x, range];
    ticks(...xs).forEach((x) => {
      const [px] = at(x, ys[0]);
      made("svg:line", {x1: px, x2: px, y1: TOP, y2: HEIGHT - BOTTOM, class: "grid"}, group);
      made("svg:text", {x: px, y: HEIGHT - BOTTOM + 17, "text-anchor": "middle"}, group, shown(x));
    });
    ticks(...ys).forEach((y) => {
      const [, py] = at(xs[0], y);
      made("svg:line", {x1: LEFT, x2: right, y1: py, y2: py, class: "grid"}, group);
      made("svg:text", {x: LEFT - 8, y: py + 4, "text-anchor": "end"}, group, shown(y));
    });
    made("svg:path", {class: "axis",
      d: `M${LEFT} ${TOP}V${HEIGHT - BOTTOM}H${right}`}, group);
    made("svg:text", {x: (LEFT + right) / 2, y: HEIGHT - 8, "text-anchor": "middle",
      class: "axis-label"}, group, config.xlabel || "x");
    const middle = (TOP + HEIGHT - BOTTOM) / 2;
    made("svg:text", {x: 14, y: middle, "text-anchor": "middle", class: "axis-label",
      transform: `rotate(-90 14 ${middle})`}, group, config.ylabel || "");
  }

  /* The room that labels at the right ends of the curves take; 0 where they do not fit. */
  function labelRoom(config, width) {
    const named = config.curves.filter((curve) => !curve.dots);
    const longest = Math.max(...named.map((curve) => (curve.label || "").length));
    const room = longest * 6.8 + 10;
    return named.length > 1 && named.length < 4 && room < width * 0.3 ? room : 0;
  }

  /* Labels at the heights of the right ends, apart from each other. */
  function endLabels(group, config, lines, at, right) {
    const rows = lines.map((line, number) => {
      const last = line.points[line.points.length - 1];
      return {number, y: config.curves[number].dots ? NaN : at(...last)[1]};
    }).filter((row) => Number.isFinite(row.y)).sort((a, b) => a.y - b.y);
    const [top, bottom] = [TOP + 5, HEIGHT - BOTTOM];
    rows.forEach((row, n) => {
      row.y = Math.min(Math.max(row.y, top), bottom);
      if (n) row.y = Math.max(row.y, rows[n - 1].y + 16);
    });
    for (let n = rows.length - 1, limit = bottom; n >= 0; n -= 1, limit -= 16) {
      rows[n].y = Math.min(rows[n].y, limit);
    }
    rows.forEach(({number, y}) => made("svg:text", {x: right + 8, y: y + 4,
      class: `end-label t${number % 4 + 1}`}, group, config.curves[number].label));
  }

  function draw(svg, config, values) {
    Array.from(svg.querySelectorAll("g")).forEach((group) => group.remove());
    const width = Math.min(WIDEST, Math.max(NARROWEST, svg.clientWidth || WIDEST));
    const room = labelRoom(config, width), right = width - RIGHT - room;
    svg.parentNode.classList.toggle("labelled", room > 0);
    svg.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
    svg.querySelector("clipPath rect").setAttribute("width", right - LEFT + 4);
    const lines = config.curves.map((curve) => sampled(curve, config, values));
    const range = config.y || spread(lines.map((line) => line.points));
    const at = (x, y) => [
      LEFT + (right - LEFT) * (x - config.x[0]) / (config.x[1] - config.x[0]),
      TOP + (HEIGHT - TOP - BOTTOM) * (1 - (y - range[0]) / (range[1] - range[0]))];
    axes(made("svg:g", {class: "axes", "aria-hidden": "true"}, svg), config, range, at, right);
    const group = made("svg:g", {"clip-path": `url(#${svg.dataset.clip})`}, svg);
    /* Dots are drawn as wholes where their middle lies within. */
    const dots = made("svg:g", {}, svg);
    const dot = (x, y, r, name) => {
      const [cx, cy] = at(x, y);
      const inside = cx >= LEFT - 1 && cx <= right + 1 && cy >= TOP - 4 && cy <= HEIGHT - BOTTOM + 4;
      if (inside) made("svg:circle", {cx, cy, r, class: name}, dots);
      return inside;
    };
    const limit = 50 * (Math.abs(range[0]) + Math.abs(range[1]));
    lines.forEach((line, number) => {
      const curve = config.curves[number], kind = `curve c${number % 4 + 1}`;
      if (curve.dots) {
        line.points.forEach(([x, y]) => dot(x, y, 4, kind + " dot"));
        if (curve.residuals) line.points.forEach(([x, y]) => made("svg:path", {class: "residual",
          d: path([[x, y], [x, config.curves[0].f(x, values, F)]], at, limit)}, group));
        return;
      }
      made("svg:path", {d: path(line.points, at, limit), class: kind,
        "stroke-dasharray": DASHES[number % DASHES.length]}, group);
      line.ends.forEach(([x, y, closed]) =>
        dot(x, y, 4, `${kind} ${closed ? "dot closed-end" : "open-end"}`));
    });
    (config.marks || []).forEach((mark) => {
      const place = mark.at(values, F), [cx, cy] = at(...place);
      const left = cx > (LEFT + right) * 0.7;
      if (dot(...place, 5, "mark")) {
        made("svg:text", {x: cx + (left ? -9 : 9), y: Math.max(cy - 7, TOP + 8),
          "text-anchor": left ? "end" : "start", class: "mark-label"}, dots, mark.label || "");
      }
    });
    if (room) endLabels(made("svg:g", {"aria-hidden": "true"}, svg), config, lines, at, right);
  }

  function legend(figure, config) {
    if (config.curves.length < 2 && !config.legend) return;
    const list = made("ul", {class: "plot-legend"}, figure);
    config.curves.forEach((curve, number) => {
      const item = made("li", {}, list);
      const key = made("svg:svg", {viewBox: "0 0 30 10", "aria-hidden": "true"}, item);
      if (curve.dots) {
        item.className = "of-dots";
        made("svg:circle", {cx: 15, cy: 5, r: 4, class: `curve c${number % 4 + 1} dot`}, key);
      } else {
        made("svg:path", {d: "M1 5H29", class: `curve c${number % 4 + 1}`,
          "stroke-dasharray": DASHES[number % DASHES.length]}, key);
      }
      item.append(" " + (curve.label || ""));
    });
  }

  let count = 0;
  function derivePlot(element, config) {
    count += 1;
    const figure = made("figure", {class: "plot"}, element);
    if (config.title) made("figcaption", {}, figure, config.title);
    legend(figure, config);
    const clip = `plot-clip-${count}`;
    const svg = made("svg:svg", {viewBox: `0 0 ${WIDEST} ${HEIGHT}`, role: "img",
      "data-clip": clip}, figure);
    svg.setAttribute("aria-label", `${config.title || "Plot"}: `
      + `${config.curves.map((c) => c.label).filter(Boolean).join(", ") || "one curve"} against `
      + `${config.xlabel || "x"} from ${config.x[0]} to ${config.x[1]}`);
    const cut = made("svg:clipPath", {id: clip}, made("svg:defs", {}, svg));
    made("svg:rect", {x: LEFT, y: TOP - 4, width: WIDEST,
      height: HEIGHT - TOP - BOTTOM + 8}, cut);
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
