// Keeps the parts of the page up to date, but none that a person has the focus or something unfolded in.
"use strict";

const parts = document.querySelector("[data-parts-url]");
const trouble = document.querySelector("[data-trouble]");

// Each answer has a token of its own for its forms; those that are there stay good.
function withTheTokensOf(fresh, old) {
  const token = old.querySelector("[name=csrf_token]")?.value;
  if (token) fresh.querySelectorAll("[name=csrf_token]").forEach((each) => each.setAttribute("value", token));
  return fresh;
}

function isInUse(part) {
  return part.contains(document.activeElement) || part.querySelector("details[open]");
}

function refresh(fresh) {
  const names = [...fresh.querySelectorAll("[data-part]")].map((part) => part.dataset.part);
  parts.querySelectorAll("[data-part]").forEach((part) => {
    if (!names.includes(part.dataset.part) && !isInUse(part)) part.remove();
  });
  let before = null;
  fresh.querySelectorAll("[data-part]").forEach((now) => {
    const old = parts.querySelector(`[data-part="${now.dataset.part}"]`);
    if (!old) {
      if (before) before.after(now);
      else parts.prepend(now);
      before = now;
      return;
    }
    withTheTokensOf(now, old);
    before = old;
    if (old.outerHTML !== now.outerHTML && !isInUse(old)) {
      old.replaceWith(now);
      before = now;
    }
  });
}

const look = window.keepFresh({
  address: parts.dataset.partsUrl,
  refresh,
  trouble,
  sorry: "The fleet could not be read; trying again.",
  every: 5000,
});
window.setTimeout(look, 1500); // what was not known at first is soon
