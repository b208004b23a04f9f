// Draws the histogram of returns; the figure comes ready-made from the server.
"use strict";

const place = document.querySelector("[data-figure-url]");

async function draw() {
  const response = await fetch(place.dataset.figureUrl);
  if (!response.ok) {
    throw new Error(`the server answered ${response.status}`);
  }
  const figure = await response.json();
  const narrow = window.matchMedia("(max-width: 32rem)").matches;
  if (narrow) {
    // The numbers above say what the title and the legend do.
    figure.layout.title = "";
    figure.layout.showlegend = false;
    figure.layout.margin = { l: 8, r: 8, t: 8, b: 40 };
    figure.layout.yaxis = { ...figure.layout.yaxis, title: "" };
    figure.layout.xaxis = { ...figure.layout.xaxis, title: "return" };
  }
  place.textContent = "";
  await Plotly.newPlot(place, figure.data, figure.layout, { responsive: true, displayModeBar: false, staticPlot: narrow });
}

draw().catch((error) => {
  place.textContent = `The picture could not be drawn: ${error.message}. Reload the page to try again.`;
});
