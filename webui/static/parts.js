// Keeps the parts of the page up to date, but none that a person has the focus or something unfolded in.
//
//   data-parts-url, data-sorry   of what holds the parts: where they are asked for, and what is said when that fails
//   data-part                    the name of each
//   data-drawn                   of a part with charts: it stays, and its charts are loaded anew when this is other text
//   data-says                    of a part: is read out when it is other text
"use strict";

const parts = document.querySelector("[data-parts-url]");
const trouble = document.querySelector("[data-trouble]");
const told = document.querySelector("[data-told]");

// Each answer has a token of its own for its forms; those that are there stay good.
function withTheTokensOf(fresh, old) {
  const token = old.querySelector("[name=csrf_token]")?.value;
  if (token) fresh.querySelectorAll("[name=csrf_token]").forEach((each) => each.setAttribute("value", token));
  return fresh;
}

function isInUse(part) {
  return part.contains(document.activeElement) || part.querySelector("details[open]");
}

function drawAnew(part) {
  part.querySelectorAll("[data-figure-url]").forEach((place) => window.charts.load(place));
}

// What stands there after that: the old part or the new one.
function renewed(old, now) {
  if (old.dataset.drawn !== undefined) {
    if (old.dataset.drawn !== now.dataset.drawn) drawAnew(old);
    old.dataset.drawn = now.dataset.drawn;
    return old;
  }
  if (withTheTokensOf(now, old).outerHTML === old.outerHTML || isInUse(old)) return old;
  if (old.dataset.says !== now.dataset.says) told.textContent = now.dataset.says;
  old.replaceWith(now);
  return now;
}

function refresh(fresh) {
  const names = [...fresh.querySelectorAll("[data-part]")].map((part) => part.dataset.part);
  parts.querySelectorAll("[data-part]").forEach((part) => {
    if (!names.includes(part.dataset.part) && !isInUse(part)) part.remove();
  });
  let before = null;
  fresh.querySelectorAll("[data-part]").forEach((now) => {
    const old = parts.querySelector(`[data-part="${now.dataset.part}"]`);
    if (old) {
      before = renewed(old, now);
      return;
    }
    if (before) before.after(now);
    else parts.prepend(now);
    before = now;
    drawAnew(now);
  });
}

const look = window.keepFresh({
  address: parts.dataset.partsUrl,
  refresh,
  trouble,
  sorry: parts.dataset.sorry,
  every: 5000,
});
window.setTimeout(look, 1500); // what was not known at first is soon
