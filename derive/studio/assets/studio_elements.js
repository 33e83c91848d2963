/* Elements by their name, and new ones. */
"use strict";
const studioElements = (() => {
  const at = (id) => document.getElementById(id);

  function made(name, attributes, ...children) {
    const element = document.createElement(name);
    Object.entries(attributes || {}).forEach(([key, value]) => {
      if (value === true) element.setAttribute(key, "");
      else if (value !== false && value !== undefined) element.setAttribute(key, value);
    });
    element.append(...children);
    return element;
  }

  function button(words, act, attributes) {
    const element = made("button", {type: "button", class: "small", ...attributes}, words);
    element.addEventListener("click", act);
    return element;
  }
  return {at, made, button};
})();
