// Shows what the form would do as its fields change: the history with the trades, the backtest, what is wrong, and what
// it takes.  Nothing is submitted.
"use strict";

// ---- what is wrong, beside its field as the server writes it -------------------------------------------------------

window.problems = (() => {
  const form = document.querySelector("form[data-preview-url]");
  const OWN_RULE = '[data-of="strategy"][data-names="own-rule"]';

  // Text in which code stands between backticks.
  function write(place, text) {
    place.replaceChildren(...text.split(/`([^`]+)`/).map((part, at) => {
      if (at % 2 === 0) return document.createTextNode(part);
      const code = document.createElement("code");
      code.textContent = part;
      return code;
    }));
  }

  function control(name) {
    const found = form.elements[name];
    if (!found || found instanceof Element) return found;
    return [...found].filter((each) => each.type !== "hidden").at(-1) ?? found[0];
  }

  function set(name, text) {
    const field = control(name);
    if (!field) return;
    const id = `${name}-problem`;
    const old = document.getElementById(id);
    if (!text && !old) return;
    const radio = field.type === "radio" || field.tagName === "FIELDSET"; // of several
    const described = radio ? field.closest("fieldset") : field;
    const ids = new Set((described.getAttribute("aria-describedby") ?? "").split(" ").filter(Boolean));
    if (!text) {
      old.remove();
      ids.delete(id);
      described.removeAttribute("aria-invalid");
    } else {
      const place = old ?? document.createElement("p");
      if (!old || place.dataset.text !== text) write(place, text);
      place.dataset.text = text;
      if (!old) {
        place.className = "problem";
        place.id = id;
        if (radio) described.querySelector("legend").after(place);
        else if (field.type === "checkbox") field.closest(".across").prepend(place);
        else field.closest(".field").lastElementChild.prepend(place);
        const heading = field.closest("details");
        if (heading) heading.open = true;
      }
      if (!radio) described.setAttribute("aria-invalid", "true");
    }
    if (text && !ids.has(id)) described.setAttribute("aria-describedby", [id, ...ids].join(" "));
    else if (ids.size) described.setAttribute("aria-describedby", [...ids].join(" "));
    else described.removeAttribute("aria-describedby");
  }

  // Exactly these, by name; but what only a run of a person's own rule tells stays until the rule is run or changed.
  function show(texts, tried) {
    for (const place of form.querySelectorAll(".problem")) {
      const name = place.id.replace(/-problem$/, "");
      const stays = /^(file(\.\d+)?|model_file)$/.test(name) || (!tried && place.closest(OWN_RULE));
      if (!(name in texts) && !stays) set(name, "");
    }
    for (const [name, text] of Object.entries(texts)) set(name, text);
  }

  form.querySelector(OWN_RULE)?.addEventListener("input", (event) => {
    for (const place of event.currentTarget.querySelectorAll(".problem")) set(place.id.replace(/-problem$/, ""), "");
  });

  return { set, show, write };
})();

// What the server answers, also where that is a page.
window.answerOf = async (response) => {
  try {
    return await response.json();
  } catch {
    throw new Error(`the server answered ${response.status}`);
  }
};

// ---- the preview ------------------------------------------------------------------------------------------------------

(() => {
  const DELAY = 300; // milliseconds from the last key to the question
  const AGAIN = 900; // to the next question about prices that are being fetched
  const SLOW = 1200; // from the last key, where prices come over the network
  const FILE = /^\S*\.(py\b|[A-Za-z]+: )/; // text that begins with the name of one
  const MEASURED = 1500; // to the next question about the speed of this machine

  const form = document.querySelector("form[data-preview-url]");
  const section = document.querySelector("#real-history");
  const status = document.querySelector("#preview-status");
  const chart = document.querySelector("#preview-chart");
  const tryRule = document.querySelector("#try-rule");
  let controller = null;
  let timer = 0;
  let measuring = 20; // questions about it at most

  function later(milliseconds, more) {
    window.clearTimeout(timer);
    timer = window.setTimeout(() => update(more), milliseconds);
  }

  async function update(more = {}) {
    window.clearTimeout(timer);
    controller?.abort(); // it is outrun
    const mine = (controller = new AbortController());
    const data = new FormData(form);
    for (const { name } of form.querySelectorAll("input[type=file]")) data.delete(name);
    data.set("theme", window.charts.theme());
    for (const [name, value] of Object.entries(more)) data.set(name, value);
    status.textContent = "updating …";
    section.setAttribute("aria-busy", "true");
    let words = "";
    let next = 0;
    try {
      const response = await fetch(form.dataset.previewUrl, {
        method: "POST", body: new URLSearchParams(data), signal: mine.signal, headers: { Accept: "application/json" },
      });
      if (response.status === 401) {
        words = "You are logged out: load the page anew.";
        return;
      }
      const answer = await window.answerOf(response);
      if (mine.signal.aborted) return;
      await show(answer, "try_rule" in more);
      words = answer.waiting ?? "";
      if (words) next = AGAIN;
      else if (answer.measuring && measuring-- > 0) next = MEASURED;
    } catch (error) {
      if (mine.signal.aborted) return;
      words = `not up to date: ${error.message}`;
      section.classList.add("stale");
    } finally {
      if (mine === controller) {
        status.textContent = words;
        section.setAttribute("aria-busy", "false");
        if (next) later(next, more);
      }
    }
  }

  async function show(answer, tried) {
    window.problems.show(answer.problems ?? {}, tried);
    trouble([answer.trouble, ...(answer.other_problems ?? [])].filter(Boolean));
    for (const [name, words] of Object.entries(answer.folded ?? {})) {
      document.querySelector(`[data-heading="${name}"] .set`).textContent = words;
    }
    for (const [name, text] of Object.entries(answer.fit ?? {})) form.elements[name].placeholder = `fitted: ${text}`;
    for (const [name, text] of Object.entries(answer.weights ?? {})) {
      if (form.elements[name]) form.elements[name].placeholder = text;
    }
    text("#compares", answer.compares);
    if (answer.prices) text("#preview-prices", answer.prices);
    if (answer.prices) list("#preview-warnings", answer.warnings);
    estimate(answer.estimate);
    section.classList.toggle("stale", !answer.chart);
    const nothing = !answer.chart && !chart.firstElementChild;
    chart.hidden = nothing;
    if (nothing) text("#preview-prices", answer.waiting ? "" : "Nothing can be shown yet: what stands in the way is said in the form.");
    if (!answer.chart) return; // the last good one stays
    text("#preview-shown", answer.shown);
    headline(answer.headline);
    await window.charts.draw(chart, answer.chart);
  }

  function text(selector, words) {
    const place = document.querySelector(selector);
    if (place && place.textContent !== (words ?? "")) window.problems.write(place, words ?? "");
  }

  function trouble(texts) {
    const place = document.querySelector("#preview-trouble");
    place.hidden = !texts.length;
    place.replaceChildren(...texts.map((each) => {
      const line = document.createElement("p");
      window.problems.write(line, each);
      return line;
    }));
  }

  function list(selector, texts) {
    const place = document.querySelector(selector);
    place.hidden = !texts.length;
    place.querySelector("ul").replaceChildren(...texts.map((each) => {
      const line = document.createElement("li");
      window.problems.write(line, FILE.test(each) ? each : each.charAt(0).toUpperCase() + each.slice(1));
      return line;
    }));
  }

  function headline(figures) {
    const place = document.querySelector("#preview-headline");
    place.hidden = !figures.length;
    place.replaceChildren(...figures.map(({ name, text: value }) => {
      const [pair, term, words] = ["div", "dt", "dd"].map((tag) => document.createElement(tag));
      term.textContent = name;
      words.textContent = value;
      pair.append(term, words);
      return pair;
    }));
  }

  function estimate(found) {
    const place = document.querySelector("#estimate");
    place.classList.toggle("stale", !found); // the last one stays
    if (!found) return;
    place.hidden = false;
    for (const each of place.querySelectorAll("[data-estimate]")) each.textContent = found[each.dataset.estimate];
    list("#estimate-warnings", found.warnings);
  }

  form.addEventListener("input", (event) => {
    if (event.target.type === "file" || event.target.name === "file_symbol" || event.target.name === "preview") return;
    const [, number] = /^symbol((?:\.\d+)?)$/.exec(event.target.name ?? "") ?? [];
    const source = new FormData(form).get(`source${number}`);
    const fetched = number !== undefined && source !== "sample" && source !== "csv";
    later(fetched ? SLOW : DELAY);
  });
  if (tryRule) {
    tryRule.hidden = false;
    tryRule.addEventListener("click", () => update({ try_rule: "yes" }));
  }
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => update());
  window.addEventListener("pageshow", () => update());
})();
