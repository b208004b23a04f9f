// Draws the charts of a report: the library comes along, compressed, and figures for light and for dark stand beside it.
"use strict";

(async () => {
  const places = document.querySelectorAll("[data-figure]");
  const figures = JSON.parse(document.getElementById("figures").textContent);
  const draw = () => Promise.all([...places].map((place) => window.charts.draw(place, figures[place.dataset.figure][window.charts.theme()])));
  try {
    if (!window.DecompressionStream) throw new Error("this browser is too old for them");
    const packed = Uint8Array.from(atob(document.getElementById("library").textContent), (letter) => letter.charCodeAt(0));
    const whole = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
    const library = document.createElement("script");
    library.textContent = await new Response(whole).text();
    document.head.append(library);
    await draw();
    window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  } catch (error) {
    for (const place of places) place.textContent = `The chart could not be drawn: ${error.message}. The tables below have its numbers.`;
  }
})();
