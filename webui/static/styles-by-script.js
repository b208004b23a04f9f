// Lets the chart library set styles as the policy of these pages allows: through the object model, not by markup.
"use strict";

// It writes style attributes, each of which the browser would block and complain of; the object model takes the same.
const setAttribute = Element.prototype.setAttribute;
Element.prototype.setAttribute = function (name, value) {
  if (String(name).toLowerCase() === "style" && this.style) {
    this.style.cssText = value;
  } else {
    setAttribute.call(this, name, value);
  }
};

// It brings a style sheet for maps as the text of an element; no chart here is one.
const append = document.head.appendChild;
document.head.appendChild = (node) => (node.localName === "style" && node.textContent ? node : append.call(document.head, node));
