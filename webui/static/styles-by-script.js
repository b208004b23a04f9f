// Lets the chart library set styles as the policy of these pages allows it: through the object model, not by markup.
// It writes style attributes, of which the browser would block each and complain; the object model takes the same text.
"use strict";

const setAttribute = Element.prototype.setAttribute;

Element.prototype.setAttribute = function (name, value) {
  if (String(name).toLowerCase() === "style" && this.style) {
    this.style.cssText = value;
  } else {
    setAttribute.call(this, name, value);
  }
};
