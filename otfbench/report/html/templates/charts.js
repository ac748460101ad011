// Draws a chart when it comes into sight, and all of them before the page is printed.
// With its data in the page, vegaEmbed waits for nothing: what it draws is there before the printer looks.
"use strict";
const specs = JSON.parse(document.getElementById("charts").textContent);
const data = JSON.parse(document.getElementById("data").textContent);
const containers = document.querySelectorAll("[data-chart]");
const tables = document.querySelectorAll("[data-table]");

function rowsOf(name) {
  const { columns, rows } = data[name];
  return rows.map((row) => Object.fromEntries(columns.map((column, index) => [column, row[index]])));
}

function draw(container) {
  if (container.dataset.drawn) return;
  container.dataset.drawn = "yes";
  const cases = rowsOf(container.dataset.of);
  const chart = specs[container.dataset.chart];
  const spec = { height: 19 * cases.length, ...chart, datasets: { ...chart.datasets, cases } };
  vegaEmbed(container, spec, { mode: "vega-lite", renderer: "svg", actions: false });
}

// A table that the page does not hold as one: the numbers of a chart, as they are.
function fill(details) {
  if (details.querySelector("table")) return;
  const { columns, rows } = data[details.dataset.table];
  const table = document.createElement("table");
  for (const line of [columns, ...rows]) {
    const row = table.insertRow();
    line.forEach((value, index) => {
      const cell = row.appendChild(document.createElement(line === columns || index === 0 ? "th" : "td"));
      cell.textContent = value === null ? "\u2013" : value;
    });
  }
  details.lastElementChild.append(table);
}

const watch = new IntersectionObserver(
  (entries) => entries.filter((entry) => entry.isIntersecting).forEach((entry) => draw(entry.target)),
  { rootMargin: "200px" },
);
containers.forEach((container) => watch.observe(container));
tables.forEach((details) => details.addEventListener("toggle", () => fill(details)));

let closed = [];
addEventListener("beforeprint", () => {
  closed = [...document.querySelectorAll("details:not([open])")];
  closed.forEach((each) => (each.open = true));
  containers.forEach(draw);
  tables.forEach(fill);
});
addEventListener("afterprint", () => closed.forEach((each) => (each.open = false)));

function openTarget() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target instanceof HTMLDetailsElement) target.open = true;
}
addEventListener("hashchange", openTarget);
openTarget();
