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

  const F = {
    sigmoid: (u) => (u >= 0 ? 1 / (1 + Math.exp(-u)) : Math.exp(u) / (1 + Math.exp(u))),
    softplus: (u) => Math.max(u, 0) + Math.log1p(Math.exp(-Math.abs(u))),
    /* The series near 0, the continued fraction of erfc far from it. */
    erf: (u) => {
      const x = Math.abs(u);
      if (x < 2.5) {
        let term = x, sum = x;
        for (let n = 1; n < 80; n += 1) {
          term *= -x * x / n;
          sum += term / (2 * n + 1);
        }
        return Math.sign(u) * 2 * sum / Math.sqrt(Math.PI);
      }
      let tail = 0;
      for (let n = 60; n > 0; n -= 1) tail = n / 2 / (x + tail);
      return Math.sign(u) * (1 - Math.exp(-x * x) / ((x + tail) * Math.sqrt(Math.PI)));
    },
    Phi: (u) => (u < -4 ? Math.exp(F.logPhi(u)) : (1 + F.erf(u / Math.SQRT2)) / 2),
    logPhi: (u) => {
      if (u > 0) return Math.log1p(-F.Phi(-u));
      if (u >= -4) return Math.log(F.Phi(u));
      let tail = 0;
      for (let n = 60; n > 0; n -= 1) tail = n / (-u + tail);
      return -u * u / 2 - Math.log((-u + tail) * Math.sqrt(2 * Math.PI));
    },
    loggamma: (u) => {
      let x = u, shift = 0;
      for (; x < 12; x += 1) shift += Math.log(Math.abs(x));
      const s = 1 / (x * x);
      return (x - 0.5) * Math.log(x) - x + Math.log(2 * Math.PI) / 2
        + (1 / 12 - s * (1 / 360 - s * (1 / 1260 - s / 1680))) / x - shift;
    },
    digamma: (u) => {
      let x = u, shift = 0;
      for (; x < 12; x += 1) shift += 1 / x;
      const s = 1 / (x * x);
      return Math.log(x) - 0.5 / x - s * (1 / 12 - s * (1 / 120 - s / 252)) - shift;
    },
    trigamma: (u) => {
      let x = u, shift = 0;
      for (; x < 12; x += 1) shift += 1 / (x * x);
      const s = 1 / (x * x);
      return shift + 1 / x + s / 2 + s / x * (1 / 6 - s * (1 / 30 - s * (1 / 42 - s / 30)));
    },
    /* Newton's method: first on the tail's logarithm, which is nearly a parabola. */
    probit: (u) => {
      if (!(u > 0 && u < 1)) return NaN;
      if (u > 0.5) return -F.probit(1 - u);
      let x = u > 0.02 ? (u - 0.5) * 2.5 : -Math.sqrt(-2 * Math.log(u));
      for (let n = 0; n < 60; n += 1) {
        const tail = F.logPhi(x), slope = Math.exp(-x * x / 2 - tail) / Math.sqrt(2 * Math.PI);
        const step = (tail - Math.log(u)) / slope;
        x -= step;
        if (Math.abs(step) < 1e-15 * Math.abs(x)) break;
      }
      return x;
    },
    erfinv: (u) => Math.sign(u) * F.probit((1 + Math.abs(u)) / 2) / Math.SQRT2,
    /* The series near 0, the continued fraction far from it. */
    E1: (u) => {
      if (!(u > 0)) return NaN;
      if (u < 1) {
        let term = 1, sum = -0.5772156649015329 - Math.log(u);
        for (let n = 1; n < 30; n += 1) {
          term *= -u / n;
          sum -= term / n;
        }
        return sum;
      }
      let tail = 0;
      for (let n = 120; n > 0; n -= 1) tail = n / (1 + n / (u + tail));
      return Math.exp(-u) / (u + tail);
    },
    /* exp(-|u|) times the series of I_v, or its asymptotic series. */
    besselie: (v, u) => {
      const x = Math.abs(u), sign = v % 2 && u < 0 ? -1 : 1;
      let term = 1, sum = 1;
      if (x < 25) {
        term = v ? x / 2 : 1;
        sum = term;
        for (let n = 1; n < 120; n += 1) {
          term *= x * x / 4 / (n * (n + v));
          sum += term;
        }
        return sign * sum * Math.exp(-x);
      }
      for (let n = 1; n < 25; n += 1) {
        term *= ((2 * n - 1) * (2 * n - 1) - 4 * v * v) / (8 * n * x);
        sum += term;
      }
      return sign * sum / Math.sqrt(2 * Math.PI * x);
    },
    /* Li_s(u) = u/Γ(s) ∫ t^(s-1) / (e^t - u) dt for s > 0, with t = e^v; by a sum else. */
    polylog: (s, u) => {
      if (u >= 1) return NaN;
      if (s <= 0 && Number.isInteger(s)) {
        const w = u / (1 - u);
        let rows = [0, 1];  /* coefficients of a polynomial in w */
        for (let n = 0; n < -s; n += 1) {
          rows = rows.concat([0]).map((a, k) => k * a + (k ? (k - 1) * rows[k - 1] : 0));
        }
        return rows.reduce((sum, a, k) => sum + a * Math.pow(w, k), 0);
      }
      if (Math.abs(u) < 0.5 || s <= 0) {
        let sum = 0, power = 1;
        for (let n = 1; n < 4000; n += 1) {
          power *= u;
          sum += power / Math.pow(n, s);
        }
        return sum;
      }
      let sum = 0;
      const step = 1 / 64;
      for (let v = -60 / Math.min(s, 60); v < 6; v += step) {
        const t = Math.exp(v);
        sum += Math.exp(s * v - F.loggamma(s)) * u / (Math.expm1(t) + (1 - u));
      }
      return sum * step;
    },
  };

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
