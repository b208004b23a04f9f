// Draws figures, which come ready-made from the server, into the places that macro chart has made for them.
//
//   charts.load(place, {signal})   fetches the figure of place.dataset.figureUrl and draws it; told to stop, it does nothing
//   charts.draw(place, figure)     draws a figure that is there, in place of the one before; figure is {data, layout}
//   charts.theme()                 "dark" or "light", for who asks the server for a figure
//
// Both return a promise.  Every place that has an address is loaded at once, and again when the theme changes.
"use strict";

window.charts = (() => {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const narrow = window.matchMedia("(max-width: 40rem)");
  const LINE = 20; // pixels of a line of the legend

  const theme = () => (dark.matches ? "dark" : "light");

  async function load(place, { signal } = {}) {
    try {
      const url = new URL(place.dataset.figureUrl, window.location.href);
      url.searchParams.set("theme", theme());
      const response = await fetch(url, { signal, headers: { Accept: "application/json" } });
      if (!response.ok) throw new Error(await reason(response));
      await draw(place, await response.json());
    } catch (error) {
      if (error.name === "AbortError") return;
      forget(place);
      place.textContent = `The chart could not be drawn: ${error.message}`;
    }
  }

  // What the server says about it, in a problem as JSON or on a page.
  async function reason(response) {
    const text = await response.text();
    if (/\bjson\b/.test(response.headers.get("Content-Type"))) return JSON.parse(text).detail || `status ${response.status}`;
    const page = new DOMParser().parseFromString(text, "text/html");
    return page.querySelector("main p")?.textContent || `the server answered ${response.status}`;
  }

  async function draw(place, figure) {
    const { title, drawing } = parts(place);
    place.figure = figure;
    title.textContent = figure.layout.title?.text ?? "";
    const small = narrow.matches;
    const layout = fitted(figure, small, place.dataset.shortTitle);
    drawing.classList.toggle("small", small);
    await Plotly.react(drawing, figure.data, layout, { responsive: true, displayModeBar: false, doubleClick: "reset" });
  }

  function forget(place) {
    const drawing = place.querySelector(":scope > .chart-drawing");
    if (drawing) Plotly.purge(drawing);
    place.classList.remove("drawn");
  }

  // The title as text of the page, which wraps and is read out, above the drawing.
  function parts(place) {
    let title = place.querySelector(":scope > .chart-title");
    let drawing = place.querySelector(":scope > .chart-drawing");
    if (!drawing) {
      title = document.createElement("p");
      title.className = "chart-title";
      drawing = document.createElement("div");
      drawing.className = "chart-drawing";
      place.replaceChildren(title, drawing);
      place.classList.add("drawn");
    }
    return { title, drawing };
  }

  // The figure's layout for the room that there is: on a phone the legend stands below, a line for each entry.
  function fitted(figure, small, shortTitle) {
    const layout = structuredClone(figure.layout);
    delete layout.title;
    const template = (layout.template ??= {}).layout ?? {};
    const margin = { ...template.margin, ...layout.margin };
    if (!small) return { ...layout, margin: { ...margin, t: layout.annotations?.length ? 48 : 40 } };
    const entries = figure.data.filter((trace) => trace.showlegend !== false && trace.name && trace.type !== "heatmap").length;
    const lines = entries > 1 && layout.showlegend !== false ? entries : 0;
    layout.showlegend = lines > 0;
    layout.legend = { ...layout.legend, orientation: "v", x: 0, xref: "container", xanchor: "left", y: 0, yref: "container", yanchor: "bottom" };
    layout.margin = { l: 8, r: 8, t: 16, b: 56 + LINE * lines };
    layout.height = (layout.height ?? 300) + LINE * lines;
    layout.dragmode = false;
    layout.font = { ...layout.font, size: 12 };
    for (const name of Object.keys(layout).filter((key) => /^[xy]axis\d*$/.test(key))) {
      const axis = { ...layout[name], fixedrange: true };
      if (axis.title?.text && name.startsWith("x") && shortTitle) axis.title = { ...axis.title, text: shortTitle };
      if (axis.title?.text && name.startsWith("y")) axis.title = { ...axis.title, text: axis.title.text.replace(/ \(.*/, "") };
      layout[name] = axis;
    }
    return layout;
  }

  const all = () => document.querySelectorAll("[data-figure-url]");
  dark.addEventListener("change", () => all().forEach((place) => load(place)));
  narrow.addEventListener("change", () => document.querySelectorAll(".chart.drawn").forEach((place) => draw(place, place.figure)));
  all().forEach((place) => load(place));
  return { load, draw, theme };
})();
