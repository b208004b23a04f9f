// Draws figures, which come ready-made from the server, into the places that the macros of charts.html have made.
//
//   charts.load(place, {signal})   fetches the figure of place.dataset.figureUrl and draws it; a later call outruns it
//   charts.draw(place, figure)     draws a figure that is there, in place of the one before; figure is {data, layout}
//   charts.theme()                 "dark" or "light", for who asks the server for a figure
//
// Both return a promise.  Every place that has an address is loaded at once, and again when the theme changes.
"use strict";

window.charts = (() => {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const touched = window.matchMedia("(pointer: coarse)");
  const NARROW = 620; // pixels; below that the legend stands under the chart
  const LINE = 18; // pixels of a line of the legend
  const figures = new WeakMap(); // by place: what is drawn there
  const loads = new WeakMap(); // by place: what can end the load that is under way
  const shapes = new ResizeObserver((entries) => entries.forEach(({ target }) => fit(target)));

  const theme = () => (dark.matches ? "dark" : "light");

  async function load(place, { signal } = {}) {
    loads.get(place)?.abort();
    const own = new AbortController();
    loads.set(place, own);
    const url = new URL(place.dataset.figureUrl, window.location.href);
    const asked = theme();
    url.searchParams.set("theme", asked);
    try {
      const response = await fetch(url, {
        signal: signal ? AbortSignal.any([signal, own.signal]) : own.signal,
        headers: { Accept: "application/json" },
      });
      if (!response.ok) throw new Error(await reason(response));
      await draw(place, await response.json());
      place.dataset.theme = asked;
    } catch (error) {
      if (error.name === "AbortError") return;
      forget(place);
      place.textContent = `The chart could not be drawn: ${error.message}`;
    }
  }

  // What the server says about it: a problem as JSON, or a page.
  async function reason(response) {
    const text = await response.text();
    const said = /\bjson\b/.test(response.headers.get("Content-Type"))
      ? JSON.parse(text).detail
      : new DOMParser().parseFromString(text, "text/html").querySelector("main p")?.textContent;
    return said || `the server answered ${response.status}`;
  }

  async function draw(place, figure) {
    const { title, axis, drawing } = parts(place);
    figures.set(place, figure);
    shapes.observe(place);
    const width = place.clientWidth;
    if (!width) return; // folded away; it is drawn when it has room
    const narrow = width < NARROW;
    const { data, layout } = narrow ? onNarrow(figure, width, place.dataset.shortTitle) : onWide(figure);
    title.textContent = figure.layout.title?.text ?? "";
    axis.textContent = narrow ? verticalTitles(figure.layout) : "";
    place.dataset.drawnFor = width;
    drawing.style.height = `${layout.height}px`;
    await Plotly.react(drawing, data, { ...layout, width }, { displayModeBar: false });
  }

  function fit(place) {
    if (figures.has(place) && place.clientWidth !== Number(place.dataset.drawnFor)) draw(place, figures.get(place));
  }

  // The title, and on a narrow chart what the vertical axes measure, are text of the page, which wraps and is read out.
  function parts(place) {
    if (!place.querySelector(":scope > .chart-drawing")) {
      const made = ["p.chart-title", "p.chart-axis", "div.chart-drawing"].map((each) => {
        const [tag, className] = each.split(".");
        return Object.assign(document.createElement(tag), { className });
      });
      place.replaceChildren(...made);
    }
    const [title, axis, drawing] = place.children;
    return { title, axis, drawing };
  }

  function forget(place) {
    const drawing = place.querySelector(":scope > .chart-drawing");
    if (drawing) Plotly.purge(drawing);
    shapes.unobserve(place);
    figures.delete(place);
    delete place.dataset.drawnFor;
  }

  function onWide(figure) {
    const { title, ...layout } = structuredClone(figure.layout);
    layout.height ??= 420;
    layout.margin = { ...layout.template?.layout?.margin, ...layout.margin, t: 40 };
    return { data: figure.data, layout: scrollable(layout) };
  }

  // The legend stands below, each entry on lines of its own.
  function onNarrow(figure, width, shortTitle) {
    const { title, ...layout } = structuredClone(figure.layout);
    const letters = Math.floor((width - 60) / 6.6); // of a line of the legend
    const data = figure.data.map((trace) => narrowed(trace, letters));
    const scale = data.some((trace) => trace.colorbar);
    const entries = data.filter((trace) => trace.name && trace.showlegend !== false && !trace.colorbar);
    const legend = entries.length > 1 && layout.showlegend !== false;
    const lines = scale ? 3 : legend ? entries.flatMap((trace) => trace.name.split("<br>")).length : 0;
    layout.showlegend = legend;
    layout.legend = { ...layout.legend, orientation: "v", x: 0, xref: "container", xanchor: "left", y: 0, yref: "container", yanchor: "bottom" };
    layout.height = Math.min(layout.height ?? 330, 480) + LINE * lines;
    layout.margin = { l: figure.layout.margin?.l ?? 48, r: 10, t: 12, b: 52 + LINE * lines, autoexpand: false };
    layout.font = { ...layout.font, size: 12 };
    for (const [name, axis] of axes(layout)) {
      const vertical = name.startsWith("y");
      const text = vertical ? "" : axis.title?.text && (shortTitle || axis.title.text);
      layout[name] = { ...axis, nticks: vertical ? 6 : 5, title: { ...axis.title, text, standoff: 6 } };
    }
    return { data, layout: scrollable(layout) };
  }

  // A finger moves the page, and not the axes.
  function scrollable(layout) {
    if (!touched.matches) return layout;
    for (const [name, axis] of axes(layout)) layout[name] = { ...axis, fixedrange: true };
    return { ...layout, dragmode: false };
  }

  function narrowed(trace, letters) {
    const below = { orientation: "h", y: -0.2, yanchor: "top", thickness: 14, len: 1 };
    if (trace.type === "heatmap") return { ...trace, colorbar: { ...trace.colorbar, ...below } };
    // No room beside it; and plotly takes no marker that is there and undefined.
    const own = trace.marker?.colorbar ? { marker: { ...trace.marker, showscale: false } } : {};
    return trace.name ? { ...trace, ...own, name: wrapped(trace.name, letters) } : trace;
  }

  function wrapped(name, letters) {
    const lines = [""];
    for (const word of name.split(" ")) {
      const line = `${lines.at(-1)} ${word}`.trim();
      if (line.length > letters && lines.at(-1)) lines.push(word);
      else lines[lines.length - 1] = line;
    }
    return lines.join("<br>");
  }

  const axes = (layout) => Object.entries(layout).filter(([name]) => /^[xy]axis\d*$/.test(name));

  const verticalTitles = (layout) =>
    axes(layout).filter(([name, axis]) => name.startsWith("y") && axis.title?.text).map(([, axis]) => axis.title.text).join("; below it: ");

  const all = () => document.querySelectorAll("[data-figure-url]");
  dark.addEventListener("change", () => all().forEach((place) => load(place)));
  all().forEach((place) => load(place));
  return { load, draw, theme };
})();
