// The list of a new portfolio.  Rows come and go, and files are read, by the same requests as without this script: the
// server answers the page, of which the list is taken, so that nothing else on the page is lost.
"use strict";

(() => {
  const form = document.querySelector("#portfolio");
  const CHANGES = "[name=add], [name=remove], [name=let_go]";
  let typed = 0; // how often something was typed; what was typed meanwhile is not overwritten

  const list = () => form.querySelector("#holdings");
  const weights = () => [...list().querySelectorAll("input[name^='weight.']")];

  async function change(button) {
    const data = new FormData(form, button);
    const before = typed;
    list().setAttribute("aria-busy", "true");
    try {
      const response = await fetch(form.dataset.changeUrl, { method: "POST", body: data });
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      const found = page.querySelector("#holdings");
      if (!found) throw new Error(`the server answered ${response.status}`);
      if (typed !== before) keepTyped(found);
      keepUnfolded(found);
      list().replaceWith(found);
      showWeights();
      focusAfter(button);
      form.dispatchEvent(new Event("input"));
    } catch (error) {
      const place = document.querySelector("#preview-trouble");
      place.hidden = false;
      place.textContent = `The list could not be changed: ${error.message}`;
    } finally {
      list().removeAttribute("aria-busy");
    }
  }

  function keepTyped(found) {
    for (const field of list().querySelectorAll("input[type=text], select")) {
      const same = found.querySelector(`[name="${field.name}"]`);
      if (same && same.type !== "hidden") same.value = field.value;
    }
  }

  function keepUnfolded(found) {
    for (const fold of list().querySelectorAll("[data-row] details[open]")) {
      const same = found.querySelector(`[data-row="${fold.closest("[data-row]").dataset.row}"] details`);
      if (same) same.open = true;
    }
  }

  function focusAfter(button) {
    const rows = [...list().querySelectorAll("[data-row]")];
    const row = rows.find((each) => each.dataset.row === button?.value);
    if (button?.name === "add") rows.at(-1).querySelector("input").focus();
    else if (button?.name === "let_go") row?.querySelector("select")?.focus();
    else if (button?.name === "remove") (list().querySelector("[name=add]") ?? rows.at(-1).querySelector("input")).focus();
  }

  form.addEventListener("submit", (event) => {
    if (!event.submitter?.matches(CHANGES)) return;
    event.preventDefault();
    change(event.submitter);
  });
  form.addEventListener("change", (event) => {
    if (event.target.type === "file" && event.target.files.length) change(null);
    if (event.target.name === "weights") showWeights();
  });
  form.addEventListener("input", (event) => {
    if (event.isTrusted) typed += 1;
  });

  // Where weights are not typed, the fields show as placeholders what they come out as.
  function showWeights() {
    const fixed = new FormData(form).get("weights") === "fixed";
    for (const field of weights()) {
      field.readOnly = !fixed;
      if (!fixed && field.value) {
        field.dataset.typed = field.value;
        field.value = "";
      } else if (fixed && !field.value) {
        field.value = field.dataset.typed ?? field.placeholder;
        field.placeholder = "";
      }
    }
  }
  window.addEventListener("pageshow", showWeights);

  // A file that is dropped on a row is of its prices; dropped elsewhere, of the last one.
  const carriesFile = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  document.addEventListener("dragover", (event) => {
    if (!carriesFile(event)) return;
    event.preventDefault();
    for (const row of list().querySelectorAll("[data-row]")) row.classList.toggle("over", row.contains(event.target));
  });
  document.addEventListener("drop", (event) => {
    if (!carriesFile(event)) return;
    event.preventDefault();
    const rows = [...list().querySelectorAll("[data-row]")];
    const row = rows.find((each) => each.contains(event.target)) ?? rows.at(-1);
    for (const each of rows) each.classList.remove("over");
    row.querySelector("input[type=file]").files = event.dataTransfer.files;
    change(null);
  });
})();
