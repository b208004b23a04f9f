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

// A rule can come out of a file, which gives it its name.
for (const file of document.querySelectorAll("input[type=file]")) {
  file.closest("[hidden]").hidden = false;
  file.addEventListener("change", async () => {
    if (!file.files.length) return;
    document.getElementById(file.dataset.into).value = await file.files[0].text();
    document.getElementById(`${file.dataset.into}_file`).value = file.files[0].name;
  });
}

// What a browser refuses must be in sight, or the button seems to do nothing.
lesser.addEventListener("invalid", () => { lesser.open = true; }, true);
