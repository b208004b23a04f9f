// Shows the fields of the chosen strategy, and does not send those of the others.
"use strict";

const choice = document.querySelector("#strategy");
const lesser = document.querySelector("details");

function showChosen() {
  for (const fields of document.querySelectorAll("[data-strategy]")) {
    const chosen = fields.dataset.strategy === choice.value;
    fields.classList.toggle("chosen", chosen);
    fields.disabled = !chosen;
  }
}

choice.addEventListener("change", showChosen);
window.addEventListener("pageshow", showChosen); // a browser that goes back restores the choice
showChosen();

// What a browser refuses must be in sight, or the button seems to do nothing.
lesser.addEventListener("invalid", () => { lesser.open = true; }, true);
