// Keeps the progress of a job up to date; the page reloads itself when the job's state changes.
"use strict";

const job = document.querySelector("[data-status-url]");
const bar = job.querySelector("progress");
const text = job.querySelector("[data-progress-text]");

async function look() {
  const began = performance.now();
  try {
    const response = await fetch(job.dataset.statusUrl);
    if (response.status === 401) {
      window.location.reload(); // to log in again
      return;
    }
    if (response.ok) {
      const status = await response.json();
      if (status.state !== job.dataset.state) {
        window.location.reload();
        return;
      }
      if (bar) {
        bar.max = status.expected_units;
        bar.value = status.done;
        text.textContent = status.progress;
      }
    }
  } catch (error) {
    console.warn("status not read, trying again:", error);
  }
  // A very large job takes many requests to the bucket: most of the time nothing is asked.
  window.setTimeout(look, Math.max(1000, 10 * (performance.now() - began)));
}

look();
