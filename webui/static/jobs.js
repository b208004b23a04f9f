// Keeps the list of jobs up to date while something in it is unfinished, and counts what is ticked to be compared.
"use strict";

const table = document.querySelector("[data-rows-url]");
const told = document.querySelector("[data-told]");
const trouble = document.querySelector("[data-trouble]");
const LEAST = 2, MOST = 5; // jobs that can be compared

function countTicked() {
  const button = document.querySelector("[data-compare]");
  if (!button) return;
  const ticked = table.querySelectorAll("input[name=job]:checked").length;
  button.disabled = ticked < LEAST || ticked > MOST;
  button.textContent = ticked ? `Compare ${ticked}` : "Compare";
  document.querySelector("[data-compare-hint]").textContent =
    ticked > MOST ? `Tick ${MOST} at the most.` : "Tick two to five complete simulations to see them on the same axes.";
}

// What has the focus in a cell that is about to change, so that its successor gets it.
function successor(cell) {
  const held = cell.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  return () => held && cell.querySelector(`[href="${CSS.escape(held)}"]`)?.focus({ preventScroll: true });
}

function refreshRow(old, fresh) {
  if (old.dataset.state !== fresh.dataset.state) {
    told.textContent = `${fresh.querySelector("th a").textContent} is ${fresh.dataset.state}`;
    old.dataset.state = fresh.dataset.state;
  }
  const tick = old.querySelector("input[name=job]");
  tick.disabled = fresh.querySelector("input[name=job]").disabled;
  [...old.cells].forEach((cell, at) => {
    const now = fresh.cells[at];
    if (cell.classList.contains("tick") || cell.innerHTML === now.innerHTML) return;
    const focus = successor(cell);
    cell.replaceChildren(...now.childNodes);
    focus();
  });
}

function refresh(content) {
  const body = table.tBodies[0];
  const fresh = content.querySelector("tbody");
  const known = new Map([...body.rows].map((row) => [row.dataset.job, row]));
  [...fresh.rows].forEach((row, at) => {
    const old = known.get(row.dataset.job);
    known.delete(row.dataset.job);
    if (old) refreshRow(old, row);
    if (body.rows[at] !== (old ?? row)) body.insertBefore(old ?? row, body.rows[at] ?? null);
  });
  known.forEach((row) => row.remove());
  body.toggleAttribute("data-unfinished", fresh.hasAttribute("data-unfinished"));
  countTicked();
}

if (table) {
  table.addEventListener("change", countTicked);
  document.querySelectorAll(".shown select").forEach((choice) => {
    choice.addEventListener("change", () => choice.form.requestSubmit());
  });
  window.addEventListener("pageshow", countTicked); // after going back, what was ticked still is
  countTicked();
  window.keepFresh({
    address: table.dataset.rowsUrl,
    refresh,
    trouble,
    sorry: "The list could not be read; trying again.",
    every: 2000,
    wanted: () => table.tBodies[0].hasAttribute("data-unfinished"),
  })();
}
