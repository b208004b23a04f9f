// The page of a complete job: charts of what is chosen, the way from a cell of a map to its simulation, and its parts.
"use strict";

for (const form of document.querySelectorAll("[data-choices]")) {
  const place = form.parentElement.querySelector("[data-figure-url]");
  form.querySelector("button").remove(); // it is drawn at once
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("change", () => {
    const url = new URL(place.dataset.figureUrl, window.location.href);
    const chosen = new FormData(form);
    for (const [name, word] of chosen) url.searchParams.set(name, word);
    place.dataset.figureUrl = url.pathname + url.search;
    window.charts.load(place);
    window.history.replaceState(null, "", `?${new URLSearchParams(chosen)}`); // for who loads the page again
  });
}

// A map names the second parameter along x and the first along y; a line has the only one along x.
for (const around of document.querySelectorAll("[data-alone-url]")) {
  const names = around.dataset.axes.split(" ");
  const watched = new WeakSet();
  new MutationObserver(() => {
    const drawing = around.querySelector(".chart-drawing");
    if (!drawing?.on || watched.has(drawing)) return;
    watched.add(drawing);
    drawing.on("plotly_click", ({ points: [point] }) => {
      const values = names.length > 1 ? [point.y, point.x] : [point.x];
      const url = new URL(around.dataset.aloneUrl, window.location.href);
      names.forEach((name, number) => url.searchParams.set(name, values[number]));
      window.location.assign(url);
    });
  }).observe(around, { childList: true, subtree: true });
}

// Parts that take requests of their own, or have to be looked up or worked out: the page does not wait for them.
async function ask(section, tries) {
  const response = await fetch(section.dataset.partUrl);
  if (!response.ok) return; // the link stays
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const part = page.querySelector("#part");
  if (!part) return;
  const again = "again" in part.dataset;
  part.removeAttribute("id");
  const place = section.querySelector(":scope > h2").nextElementSibling;
  place.replaceWith(document.adoptNode(part));
  for (const chart of part.querySelectorAll("[data-figure-url]")) window.charts.load(chart);
  if (again && tries > 1) window.setTimeout(() => ask(section, tries - 1).catch(() => {}), 2000);
}

for (const section of document.querySelectorAll("[data-part-url]")) ask(section, 60).catch(() => {});
