/* Formulas are broken where they must be, by the width that there is.

   A sum that is a whole formula flows by the style sheet, as words do. What is still too wide
   becomes a table of rows, the outermost first: sums before their signs, products between
   factors where a sum within would have too little room. When the box changes, all starts anew
   from the formula as it was. */
(() => {
  "use strict";
  let boxes = Array.from(document.querySelectorAll(".scroll")).filter(
    (box) => box.querySelector("math"));
  const DOT = "\u22c5", INVISIBLE = "\u2062";
  /* Parts of the box's width: what a sum should have before a product around it is broken, what
     a row has to have to be broken at all (else the box scrolls), how long it is at least, and
     how much of a product stands in the first line. */
  const GOOD_ROOM = 0.45, LEAST_ROOM = 0.3, LEAST_ROW = 0.35, LEAST_LINE = 0.1;
  const BRACKETS = "([{|\u2016", CLOSING = ")]}|\u2016";
  const CLOSERS = 28; /* pixels of brackets that close behind a sum */
  const widths = new WeakMap(), originals = new WeakMap();

  function made(name, className) {
    const element = document.createElementNS(document.querySelector("math").namespaceURI, name);
    if (className) element.setAttribute("class", className);
    return element;
  }

  const isTimes = (node) => node.localName === "mo"
    && (node.textContent === DOT || node.textContent === INVISIBLE);
  const span = (nodes) => nodes[nodes.length - 1].getBoundingClientRect().right
    - nodes[0].getBoundingClientRect().left;

  const isOf = (node, signs) => node && node.localName === "mo" && signs.includes(node.textContent);
  /* Brackets around all of a row stay outside of what it is broken into, and grow. */
  const bracketed = (row) => row.children.length > 2 && isOf(row.firstElementChild, BRACKETS)
    && isOf(row.lastElementChild, CLOSING);
  const isSign = (node, at) => node.localName === "mo" && at > 0
    && /^[+\u2212]$/.test(node.textContent) && node.getAttribute("form") !== "prefix";

  /* What may stand in a row of its own: the terms of a sum, or factors with the sign before. A sum
     may also stand as signs and terms side by side; it is never broken between factors. */
  function pieces(row) {
    const all = Array.from(row.children), children = bracketed(row) ? all.slice(1, -1) : all;
    if (row.classList.contains("sum")) return children.map((term) => [term]);
    const starts = children.some(isSign) ? isSign : isTimes;
    const parts = [[]];
    children.forEach((child, at) => {
      if (starts(child, at) && parts[parts.length - 1].length) parts.push([]);
      parts[parts.length - 1].push(child);
    });
    return parts;
  }

  /* Pieces in as few rows as the room allows. */
  function packed(parts, room) {
    const lines = [];
    let used = Infinity;
    parts.forEach((part) => {
      const wide = span(part);
      if (used + wide > room) {
        lines.push([]);
        used = 0;
      }
      lines[lines.length - 1].push(...part);
      used += wide;
    });
    return lines;
  }

  function split(row, lines) {
    const table = made("mtable", "broken"), inside = bracketed(row);
    table.setAttribute("displaystyle", "true");
    if (row.hasAttribute("data-term")) table.setAttribute("data-term", row.getAttribute("data-term"));
    lines.forEach((line) => {
      if (isOf(line[0], "+\u2212")) line[0].setAttribute("form", "infix");
      if (isTimes(line[0])) line[0].textContent = DOT; /* a factor must not look like an argument */
      const tr = made("mtr"), td = made("mtd");
      td.append(...line);
      tr.append(td);
      table.append(tr);
    });
    /* A cell keeps its place in its table; brackets around what is now tall have to grow. */
    if (inside) row.firstElementChild.after(table);
    else if (row.localName === "mtd") row.append(table);
    else row.replaceWith(table);
    const near = Array.from(table.parentElement.children).filter((n) => n.localName === "mo");
    for (let at = table; at.localName !== "math"; at = at.parentElement) {
      Array.from(at.parentElement.children).forEach((n) => n.removeAttribute("stretchy"));
    }
    const within = near.some((mo) => BRACKETS.includes(mo.textContent));
    if (!within && /^(math|semantics|mrow|mtd)$/.test(table.parentElement.localName)) {
      table.classList.add("first"); /* what stands before it stands at its first row */
    }
  }

  /* Whether a product is better left whole, since a sum within it has room enough. */
  function roomWithin(parts, end, wide) {
    const over = parts.find((part) => part[part.length - 1].getBoundingClientRect().right > end);
    const sum = over && over.map((node) => node.querySelector(".sum, .broken")).find(Boolean);
    return sum && end - sum.getBoundingClientRect().left >= GOOD_ROOM * wide;
  }

  /* Scripts and the conditions of cases stay in one row. */
  function kept(row) {
    for (let at = row; at.localName !== "math"; at = at.parentElement) {
      const within = at.parentElement, later = at !== within.firstElementChild;
      if (later && /^m(sub|sup|subsup|under)$/.test(within.localName)) return true;
      if (later && at.localName === "mtd" && at.closest(".cases")) return true;
    }
    return false;
  }

  /* `last`: where sums within had room enough, and yet did not do. */
  function next(box, tried, end, last) {
    return Array.from(box.querySelectorAll("mrow, mtd")).find((row) => {
      const at = row.getBoundingClientRect(), wide = box.clientWidth;
      const brackets = row.classList.contains("sum") ? CLOSERS : 0; /* stand behind a sum */
      if (tried.has(row) || at.right + brackets <= end || end - at.left < LEAST_ROOM * wide
          || kept(row)) {
        return false;
      }
      if (row.classList.contains("sum")) return getComputedStyle(row).display !== "block";
      const parts = pieces(row);
      return parts.length > 1 && at.width > LEAST_ROW * wide
        && (last || !roomWithin(parts, end, wide));
    });
  }

  function fit(box) {
    const wide = box.clientWidth;
    if (!wide || widths.get(box) === wide) return false;
    widths.set(box, wide);
    box.querySelectorAll("math.taken-apart").forEach((math) =>
      math.replaceWith(originals.get(math)));
    const tried = new Set();
    for (let round = 0; round < 40 && box.scrollWidth > box.clientWidth + 1; round += 1) {
      const end = box.getBoundingClientRect().left + box.clientWidth;
      const row = next(box, tried, end, false) || next(box, tried, end, true);
      if (!row) break;
      tried.add(row);
      const math = row.closest("math"), at = row.getBoundingClientRect();
      const rest = Math.max(0, math.getBoundingClientRect().right - at.right);
      const lines = packed(pieces(row), end - at.left - Math.min(rest, wide / 4) - 4);
      if (lines.length > 1 && isTimes(lines[1][0]) && span(lines[0]) < LEAST_LINE * wide) {
        lines.splice(0, 2, [...lines[0], ...lines[1]]); /* no line is a mere number */
      }
      if (lines.length < 2) continue;
      if (!math.classList.contains("taken-apart")) {
        originals.set(math, math.cloneNode(true));
        math.classList.add("taken-apart");
      }
      split(row, lines);
    }
    return true;
  }

  boxes.forEach(fit);
  if (!window.ResizeObserver) return;
  const watch = new ResizeObserver((seen) => {
    if (seen.map((entry) => fit(entry.target)).some(Boolean)) dispatchEvent(new Event("broken"));
  });
  boxes.forEach((box) => watch.observe(box));
  /* What is made when a line is opened (page.js). */
  addEventListener("made", (event) => {
    boxes.filter((box) => !box.isConnected).forEach((box) => watch.unobserve(box));
    boxes = boxes.filter((box) => box.isConnected);
    event.detail.querySelectorAll(".scroll").forEach((box) => {
      if (!box.querySelector("math")) return;
      boxes.push(box);
      fit(box);
      watch.observe(box);
    });
  });
  if (document.fonts && document.fonts.ready) {
    document.fonts.ready.then(() => {
      boxes.forEach((box) => {
        widths.delete(box);
        fit(box);
      });
      dispatchEvent(new Event("broken"));
    });
  }
})();
