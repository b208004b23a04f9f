// Keeps a part of a page up to date: its markup is asked for again and again while somebody may look at the page.
"use strict";

// address: of the markup. refresh: puts it into the page. trouble: says in the page, because nobody looks at the console,
// that it could not be read (sorry). wanted: whether there is anything to ask for. every: milliseconds, at the least.
// What it gives looks for the first time when it is called.
window.keepFresh = ({ address, refresh, trouble, sorry, every, wanted = () => true }) => {
  return async function look() {
    const began = performance.now();
    if (!document.hidden && wanted()) {
      let failed = sorry;
      try {
        const response = await fetch(address);
        if (response.status === 401) {
          window.location.reload(); // to log in again
          return;
        }
        if (response.ok) {
          const parsed = document.createElement("template");
          parsed.innerHTML = await response.text();
          refresh(parsed.content);
          failed = "";
        }
      } catch {
        // there is no connection at present
      }
      trouble.textContent = failed;
    }
    // An answer may take requests to the bucket: most of the time nothing is asked.
    window.setTimeout(look, Math.max(every, 10 * (performance.now() - began)));
  };
};
