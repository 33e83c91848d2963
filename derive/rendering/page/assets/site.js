/* Search over the words of a list: every word typed has to begin one of a row's words. */
(() => {
  "use strict";
  const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, " ").trim();
  const words = JSON.parse(document.getElementById("index").textContent).map((text) => ` ${text}`);
  const rows = Array.from(document.querySelectorAll(".pages li, .cards > .step"));
  const groups = Array.from(document.querySelectorAll(".group")).reverse();
  const field = document.getElementById("search");
  const found = document.getElementById("found");

  function search() {
    const typed = plain(field.value).split(" ").filter(Boolean);
    let count = 0;
    rows.forEach((row, place) => {
      const fits = typed.every((word) => words[place].includes(` ${word}`));
      row.hidden = !fits;
      count += fits ? 1 : 0;
    });
    groups.forEach((group) => {
      group.hidden = !group.querySelector(".pages li:not([hidden])");
      if (group.localName === "details") group.open = typed.length > 0 && count <= 60;
    });
    found.textContent = typed.length ? `${count} of ${rows.length}` : "";
  }
  field.addEventListener("input", search);
  field.form.addEventListener("submit", (event) => {
    event.preventDefault();
    const first = rows.find((row) => !row.hidden);
    const link = first && first.querySelector("a");
    if (field.value && link) link.click();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && document.activeElement !== field) {
      event.preventDefault();
      field.focus();
    }
  });
  search();
})();
