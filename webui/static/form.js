// The form of a new simulation: what comes out of files.
"use strict";

const simulation = document.querySelector("#simulation");

// ---- a rule out of a file, which gives it its name --------------------------------------------------------------------

for (const file of document.querySelectorAll("input[type=file][data-into]")) {
  file.closest("[hidden]").hidden = false;
  file.addEventListener("change", async () => {
    if (!file.files.length) return;
    const rule = document.getElementById(file.dataset.into);
    rule.value = await file.files[0].text();
    document.getElementById(`${file.dataset.into}_file`).value = file.files[0].name;
    rule.dispatchEvent(new Event("input", { bubbles: true }));
  });
}

// ---- prices out of a file, chosen or dropped anywhere on the page -----------------------------------------------------

const file = document.querySelector("#file");

async function keepPrices(chosen) {
  const data = new FormData();
  data.set("csrf_token", simulation.elements.csrf_token.value);
  data.set("file_symbol", simulation.elements.file_symbol.value);
  data.set("file", chosen, chosen.name);
  file.closest("details").open = true;
  window.problems.set("file", "");
  document.querySelector("#file-hint").textContent = `Reading ${chosen.name} …`;
  let said = "";
  try {
    const response = await fetch(simulation.dataset.pricesUrl, { method: "POST", body: data, headers: { Accept: "application/json" } });
    const answer = await window.answerOf(response);
    if (response.ok) {
      hold(answer);
      window.history.replaceState({ ...window.history.state, held: answer }, ""); // for who comes back to this page
    }
    else said = answer.problem ?? answer.detail ?? `The server answered ${response.status}.`;
  } catch (error) {
    said = `The file could not be sent: ${error.message}`;
  }
  file.value = ""; // it is in the bucket now, or of no use
  document.querySelector("#file-hint").textContent = said ? "Mend it, or choose another one." : `${chosen.name} has been read.`;
  window.problems.set("file", said);
}

// The form has these prices from now on.
function hold({ prices, symbol, source, first, last, days }) {
  const held = document.querySelector("#held");
  held.hidden = false;
  held.querySelector("[name=prices]").value = prices;
  let from = held.querySelector("[name=source]");
  if (!from) {
    from = document.createElement("input");
    from.type = "hidden";
    from.name = "source";
    held.prepend(from);
  }
  from.value = source;
  document.querySelector("#held-of").textContent = `${symbol} from ${source}`;
  document.querySelector("#held-words").textContent = `${days.toLocaleString("en")} days, ${first} to ${last}`;
  const sources = document.querySelector("#sources");
  sources.hidden = true;
  sources.querySelector("fieldset").disabled = true;
  for (const name of ["start", "end", "years"]) simulation.elements[name].value = "";
  simulation.elements.symbol.value = symbol;
  simulation.elements.symbol.readOnly = source !== "csv";
  simulation.dispatchEvent(new Event("input"));
}

// The browser fills in the fields for who comes back, and knows nothing of the prices.
const { held: before } = window.history.state ?? {};
if (before && !simulation.elements.prices.value) {
  hold({ ...before, symbol: simulation.elements.symbol.value || before.symbol });
}

file.addEventListener("change", () => {
  if (file.files.length) keepPrices(file.files[0]);
});

// ---- a trained model out of a file -------------------------------------------------------------------------------------

const modelFile = document.querySelector("#model_file");

async function keepModel(chosen) {
  const hint = document.querySelector("#model_file-hint");
  const data = new FormData();
  data.set("csrf_token", simulation.elements.csrf_token.value);
  data.set("model_file", chosen, chosen.name);
  window.problems.set("model_file", "");
  hint.textContent = `Reading ${chosen.name} …`;
  let said = "";
  try {
    const address = document.querySelector("#trained-model").dataset.url;
    const response = await fetch(address, { method: "POST", body: data, headers: { Accept: "application/json" } });
    const answer = await window.answerOf(response);
    if (response.ok) chooseModel(answer);
    else said = answer.problem ?? answer.detail ?? `The server answered ${response.status}.`;
    hint.textContent = response.ok ? `${chosen.name} has been read.` : "Mend it, or choose another one.";
  } catch (error) {
    said = `The file could not be sent: ${error.message}`;
  }
  modelFile.value = ""; // it is in the bucket now, or of no use
  window.problems.set("model_file", said);
}

function chooseModel({ digest, name, words }) {
  const models = simulation.elements.trained_model;
  if (![...models.options].some((each) => each.value === digest)) {
    models.add(new Option(`${name} (${digest.slice(0, 12)} …)`, digest));
    const told = document.createElement("p");
    told.className = "hint own-fields plain";
    told.dataset.of = "trained_model";
    told.dataset.names = digest;
    told.textContent = words;
    document.querySelector("#trained_model-hint").prepend(told);
  }
  models.value = digest;
  models.dispatchEvent(new Event("change", { bubbles: true }));
  simulation.dispatchEvent(new Event("input"));
}

modelFile.addEventListener("change", () => {
  if (modelFile.files.length) keepModel(modelFile.files[0]);
});

const carriesFile = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");

document.addEventListener("dragover", (event) => {
  if (!carriesFile(event)) return;
  event.preventDefault();
  document.body.classList.add("dropping");
});
document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) document.body.classList.remove("dropping");
});
document.addEventListener("drop", (event) => {
  if (!carriesFile(event)) return;
  event.preventDefault();
  document.body.classList.remove("dropping");
  const [dropped] = event.dataTransfer.files;
  if (!dropped) return;
  const asksForOne = new FormData(simulation).has("trained_model");
  if (asksForOne && dropped.name.endsWith(".json")) keepModel(dropped);
  else keepPrices(dropped);
});
