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
    const { title, axis, drawing } = parts(place);
    place.figure = figure;
    title.textContent = figure.layout.title?.text ?? "";
    const small = narrow.matches;
    const { data, layout } = small ? onPhone(figure, place.dataset.shortTitle) : onPage(figure);
    axis.textContent = small ? verticalTitles(figure.layout) : "";
    drawing.style.height = `${layout.height}px`;
    await Plotly.react(drawing, data, layout, { responsive: true, displayModeBar: false });
  }

  // The title, and on a phone what the vertical axes measure, are text of the page, which wraps and is read out.
  function parts(place) {
    if (!place.querySelector(":scope > .chart-drawing")) {
      const [title, axis] = ["chart-title", "chart-axis"].map((name) => Object.assign(document.createElement("p"), { className: name }));
      const drawing = Object.assign(document.createElement("div"), { className: "chart-drawing" });
      place.replaceChildren(title, axis, drawing);
      place.classList.add("drawn");
    }
    const [title, axis, drawing] = place.children;
    return { title, axis, drawing };
  }

  function forget(place) {
    const drawing = place.querySelector(":scope > .chart-drawing");
    if (drawing) Plotly.purge(drawing);
    place.classList.remove("drawn");
  }

  function onPage(figure) {
    const { title, ...layout } = structuredClone(figure.layout);
    layout.height ??= 420;
    layout.margin = { ...layout.template?.layout?.margin, ...layout.margin, t: 40 };
    return { data: figure.data, layout };
  }

  // The legend stands below, each entry on lines of its own, and nothing but a tap does anything, so the page scrolls.
  function onPhone(figure, shortTitle) {
    const { title, ...layout } = structuredClone(figure.layout);
    const data = figure.data.map((trace) => narrowed(trace));
    const entries = data.filter((trace) => trace.name && trace.showlegend !== false && trace.type !== "heatmap");
    const legend = entries.length > 1 && layout.showlegend !== false;
    const lines = legend ? entries.flatMap((trace) => trace.name.split("<br>")).length : 0;
    const below = data.some((trace) => trace.type === "heatmap") ? 3 : lines; // a scale takes three
    layout.showlegend = legend;
    layout.legend = { ...layout.legend, orientation: "v", x: 0, xref: "container", xanchor: "left", y: 0, yref: "container", yanchor: "bottom" };
    layout.height = Math.min(layout.height ?? 320, 480) + LINE * below;
    layout.margin = { l: 46, r: 10, t: 12, b: 58 + LINE * below, autoexpand: false };
    layout.dragmode = false;
    layout.font = { ...layout.font, size: 12 };
    for (const [name, axis] of axes(layout)) {
      const vertical = name.startsWith("y");
      const text = vertical ? "" : axis.title?.text && (shortTitle || axis.title.text);
      layout[name] = { ...axis, fixedrange: true, nticks: vertical ? 6 : 5, title: { ...axis.title, text, standoff: 6 } };
    }
    return { data, layout };
  }

  function narrowed(trace) {
    const below = { orientation: "h", y: -0.2, yanchor: "top", thickness: 14, len: 1 };
    if (trace.type === "heatmap") return { ...trace, colorbar: { ...trace.colorbar, ...below } };
    return trace.name ? { ...trace, name: wrapped(trace.name) } : trace;
  }

  const axes = (layout) => Object.entries(layout).filter(([name]) => /^[xy]axis\d*$/.test(name));

  const verticalTitles = (layout) =>
    axes(layout).filter(([name, axis]) => name.startsWith("y") && axis.title?.text).map(([, axis]) => axis.title.text).join("; below it: ");

  // Cut into lines that a phone has room for.
  function wrapped(name) {
    const lines = [""];
    for (const word of name.split(" ")) {
      const line = `${lines.at(-1)} ${word}`.trim();
      if (line.length > 38 && lines.at(-1)) lines.push(word);
      else lines[lines.length - 1] = line;
    }
    return lines.join("<br>");
  }

  const all = () => document.querySelectorAll("[data-figure-url]");
  dark.addEventListener("change", () => all().forEach((place) => load(place)));
  narrow.addEventListener("change", () => document.querySelectorAll(".chart.drawn").forEach((place) => draw(place, place.figure)));
  all().forEach((place) => load(place));
  return { load, draw, theme };
})();
