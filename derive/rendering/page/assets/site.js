/* Search over the index in the page: every word has to occur. */
(() => {
  "use strict";
  const words = JSON.parse(document.getElementById("index").textContent);
  const rows = Array.from(document.querySelectorAll(".pages li"));
  const groups = Array.from(document.querySelectorAll(".group")).reverse();
  const field = document.getElementById("search");
  const found = document.getElementById("found");

  function search() {
    const wanted = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    rows.forEach((row, place) => {
      const fits = wanted.every((word) => words[place].includes(word));
      row.hidden = !fits;
      count += fits ? 1 : 0;
    });
    groups.forEach((group) => {
      group.hidden = !group.querySelector(".pages li:not([hidden])");
    });
    found.textContent = wanted.length ? `${count} of ${rows.length}` : "";
  }
  field.addEventListener("input", search);
  field.form.addEventListener("submit", (event) => {
    event.preventDefault();
    const first = rows.find((row) => !row.hidden);
    if (field.value && first) first.querySelector("a").click();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && document.activeElement !== field) {
      event.preventDefault();
      field.focus();
    }
  });
  search();
})();
