// Keeps the page of an unfinished job alive: bar, rate, workers, and what the job amounts to so far.  When there is nothing
// more to wait for, the page is loaded anew.  A connection that is lost is tried again until it is back.
"use strict";

const SOON = 1000; // milliseconds until the next look, at the least
const LATE = 15000; // at the most, after failures
const PATIENCE = 30000; // for an answer
const FRAME = 100; // between two moves of the bar
const LEAST_AHEAD = 8000; // for how long the bar goes on by itself after a report
const MOST_AHEAD = 16000; // workers report that often at the least

const card = document.querySelector("[data-status-url]");
const bar = card.querySelector("progress");
const still = window.matchMedia("(prefers-reduced-motion: reduce)");
const part = (name) => card.querySelector(`[data-${name}]`);

// What was reported last, and what the bar may show until the next report: by the rate, for no longer than two intervals,
// because each report comes at most twice as late as the one before.
const report = { done: Number(bar.value), at: performance.now(), rate: 0, ahead: LEAST_AHEAD };
let failures = 0;
let timer;
let looking;

async function look() {
  window.clearTimeout(timer);
  looking?.abort();
  const control = new AbortController();
  looking = control;
  const began = performance.now();
  const patience = window.setTimeout(() => control.abort(new Error("no answer")), PATIENCE);
  try {
    const response = await fetch(card.dataset.statusUrl, { signal: control.signal, headers: { Accept: "application/json" } });
    if (response.status === 401 || response.status === 404 || response.status === 409) {
      window.location.reload(); // to log in again, or to read what became of the job
      return;
    }
    if (!response.ok) throw new Error((await response.json().catch(() => ({}))).detail || `status ${response.status}`);
    show(await response.json());
    if (failures) connected();
    failures = 0;
  } catch (error) {
    if (looking !== control) return; // another look has taken the place of this one
    failures += 1;
    disconnected(error);
  } finally {
    window.clearTimeout(patience);
  }
  if (looking !== control) return;
  // A very large job takes many requests to the bucket: most of the time nothing is asked.
  const soon = Math.max(document.hidden ? 5 * SOON : SOON, 10 * (performance.now() - began));
  timer = window.setTimeout(look, failures ? Math.min(LATE, SOON * 2 ** (failures - 1)) : Math.min(soon, LATE));
}

function disconnected(error) {
  const line = part("connection");
  const unreachable = error instanceof TypeError || error.message === "no answer";
  line.textContent = unreachable ? "Connection lost, trying again." : `Not known at present, trying again: ${error.message}`;
  if (line.hidden) say(line.textContent);
  line.hidden = false;
}

function connected() {
  part("connection").hidden = true;
  say("Connected again.");
}

function show(status) {
  if (status.state !== card.dataset.state) {
    if (!["queued", "running"].includes(status.state)) {
      window.location.reload();
      return;
    }
    card.dataset.state = status.state;
    const chip = document.querySelector(".heading .state");
    chip.className = `state state-${status.state}`;
    chip.textContent = status.state;
    say(`The job is ${status.state}.`);
  }
  const now = performance.now();
  bar.max = status.expected_units;
  if (status.done !== report.done) {
    if (status.done < bar.value - status.expected_units / 50) bar.value = status.done; // it is done again
    report.ahead = Math.min(Math.max(2 * (now - report.at), LEAST_AHEAD), MOST_AHEAD);
    quarter(report.done / status.expected_units, status.done / status.expected_units, status.progress);
    Object.assign(report, { done: status.done, at: now });
  }
  report.rate = (status.units_per_second ?? 0) / 1000;
  move();
  part("progress-text").textContent = status.progress;
  written(part("waiting"), status.waiting);
  workers(status.workers);
  soFar(status.done);
}

// The bar never goes back by itself, and never beyond what may be done by the next report.
function move() {
  const passed = still.matches ? 0 : Math.min(performance.now() - report.at, report.ahead);
  const estimate = report.done + report.rate * passed;
  bar.value = Math.min(Math.max(bar.value, estimate), Math.max(report.done, bar.max * 0.995));
  const percent = (units) => Math.floor((100 * units) / bar.max);
  const guessed = percent(bar.value) > percent(report.done) ? "about " : ""; // the line below says what was reported
  part("percent").textContent = `${guessed}${percent(bar.value)} %`;
}

function quarter(before, now, words) {
  if (Math.floor(4 * now) > Math.floor(4 * before)) say(words);
}

// Read out, so seldom: where the job stands, and each quarter of the way.
function say(words) {
  part("spoken").textContent = words;
}

function written(place, words) {
  if (place.textContent === words.replaceAll("`", "")) return;
  place.replaceChildren(...words.split("`").map((piece, number) => {
    if (number % 2 === 0) return piece;
    const code = document.createElement("code");
    code.textContent = piece;
    return code;
  }));
  place.hidden = !words;
}

function workers(found) {
  const list = part("workers");
  const words = JSON.stringify(found);
  if (list.dataset.words === words) return;
  list.dataset.words = words;
  part("at-work").hidden = !found.length;
  list.replaceChildren(...found.map((each) => {
    const item = document.createElement("li");
    const name = document.createElement("strong");
    name.textContent = each.name;
    const place = document.createElement("span");
    place.className = "soft";
    place.textContent = each.place;
    const doing = document.createElement("span");
    doing.textContent = each.doing;
    item.append(name, " ", place, " ", doing);
    return item;
  }));
}

// What the job amounts to so far: asked for when there is a tenth more of it, not too often, one at a time.
const area = document.querySelector("[data-so-far]");
const partial = { units: 0, at: -Infinity, asking: false, theme: "" };

async function soFar(done) {
  if (!area || !done || partial.asking || document.hidden) return;
  const now = performance.now();
  const theme = window.charts?.theme() ?? "light";
  const due = done >= 1.1 * partial.units || theme !== partial.theme;
  if (!due || now - partial.at < (partial.units ? 2500 : 800)) return;
  partial.asking = true;
  try {
    const response = await fetch(`${card.dataset.soFarUrl}?theme=${theme}`);
    if (response.ok) await showSoFar(await response.json(), theme);
  } catch (error) {
    console.info("what the job amounts to so far was not read, trying again:", error.message);
  } finally {
    partial.asking = false;
    partial.at = performance.now();
  }
}

async function showSoFar(found, theme) {
  if (!found.units || (found.units === partial.units && theme === partial.theme)) return;
  Object.assign(partial, { units: found.units, theme });
  area.hidden = false;
  area.querySelector("[data-so-far-words]").textContent = found.words;
  area.querySelector("[data-so-far-lines]").replaceChildren(...found.lines.map((line) => {
    const entry = document.createElement("div");
    const name = document.createElement("dt");
    name.textContent = line.name;
    const value = document.createElement("dd");
    const interval = document.createElement("small");
    interval.textContent = line.interval;
    value.append(line.value, " ", interval);
    entry.append(name, value);
    return entry;
  }));
  const sections = [...area.querySelectorAll("[data-so-far-chart]")].filter((section) => found.charts[section.dataset.soFarChart]);
  for (const section of sections) section.hidden = false; // all at once, so that each is drawn in the room that it will have
  for (const section of sections) {
    await window.charts?.draw(section.querySelector(".chart"), found.charts[section.dataset.soFarChart]);
  }
}

window.setInterval(move, FRAME);
window.addEventListener("online", look);
document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); });
look();
