// The fields of what is chosen (strategy, model, how costs are reckoned) in a form with a preview: others are neither
// shown nor sent.  And headings open where a browser refuses something below them.
"use strict";

window.showChosen = (() => {
  const form = document.querySelector("form[data-preview-url]");

  function showChosen() {
    const data = new FormData(form);
    for (const fields of document.querySelectorAll("[data-of]")) {
      const chosen = fields.dataset.names.split(" ").includes(data.get(fields.dataset.of));
      fields.classList.toggle("chosen", chosen);
      fields.disabled = !chosen;
    }
  }

  form.addEventListener("change", (event) => {
    if (document.querySelector(`[data-of="${event.target.name}"]`)) showChosen();
  });
  // Not before: a browser that goes back restores the choice and the fields, but none that cannot be used by then.
  window.addEventListener("pageshow", showChosen);

  // What a browser refuses must be in sight, or the button seems to do nothing.
  form.addEventListener("invalid", (event) => {
    const heading = event.target.closest("details");
    if (heading) heading.open = true;
  }, true);

  return showChosen;
})();
