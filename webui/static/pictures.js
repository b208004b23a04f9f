// Draws the figures of a job; they come ready-made from the server.
"use strict";

const narrow = window.matchMedia("(max-width: 32rem)").matches;

async function draw(place) {
  const response = await fetch(place.dataset.figureUrl);
  if (!response.ok) {
    const problem = await response.json().catch(() => ({}));
    throw new Error(problem.detail || `the server answered ${response.status}`);
  }
  const figure = await response.json();
  if (narrow) {
    // The numbers on the page say what the title and the legend do.
    figure.layout.title = "";
    figure.layout.showlegend = false;
    figure.layout.margin = { l: 8, r: 8, t: 8, b: 40 };
    figure.layout.yaxis = { ...figure.layout.yaxis, title: "" };
    figure.layout.xaxis = { ...figure.layout.xaxis, title: place.dataset.shortTitle };
  }
  place.textContent = "";
  await Plotly.newPlot(place, figure.data, figure.layout, { responsive: true, displayModeBar: false, staticPlot: narrow });
}

for (const place of document.querySelectorAll("[data-figure-url]")) {
  draw(place).catch((error) => {
    place.textContent = `The picture could not be drawn: ${error.message}`;
  });
}
