// The page of a complete job: charts of what is chosen, the way from a cell of a map to its simulation, who computed it.
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

// Who computed it takes requests of its own, and what it cost may have to be looked up: the page does not wait for that.
const computed = document.querySelector("[data-part-url]");

async function ask(tries) {
  const response = await fetch(computed.dataset.partUrl);
  if (!response.ok) return; // the link stays
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const part = page.querySelector("#part");
  if (!part) return;
  const again = "again" in part.dataset;
  part.removeAttribute("id");
  const place = computed.querySelector(":scope > h2").nextElementSibling;
  place.replaceWith(document.adoptNode(part));
  if (again && tries > 1) window.setTimeout(() => ask(tries - 1).catch(() => {}), 2000);
}

if (computed) ask(20).catch(() => {});
