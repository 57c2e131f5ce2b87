// Small parts of pages.

/** An element with properties, attributes (with a dash, or `role`), listeners (`onclick`) and children. */
export function make(name, settings = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(settings)) {
    if (key.includes("-") || key === "role" || key === "list") element.setAttribute(key, value);
    else element[key] = value;
  }
  element.append(...children);
  return element;
}

export function button(words, onclick, settings = {}) {
  return make("button", { type: "button", className: "button button-small", onclick, ...settings }, words);
}

/** Asks something; gives the value of the answer, or `null` when it is closed. */
export function ask(heading, words, answers) {
  return new Promise((told) => {
    const id = `ask-${Math.random().toString(36).slice(2)}`;
    const dialog = make("dialog", { className: "ask", "aria-labelledby": id });
    const actions = answers.map(([value, label, main]) =>
      button(label, () => dialog.close(value), { value, className: `button${main ? " button-main" : ""}` }));
    dialog.append(make("h2", { id }, heading), make("p", {}, words), make("div", { className: "actions" }, ...actions));
    dialog.addEventListener("close", () => { dialog.remove(); told(dialog.returnValue || null); });
    document.body.append(dialog);
    dialog.showModal();
    // Enter does what does no harm.
    (dialog.querySelector(".button-main") ?? dialog.querySelector("button")).focus();
  });
}

/** What is kept for this tab; where nothing can be kept, nothing is. */
export const memory = {
  get(key) {
    try { return JSON.parse(sessionStorage.getItem(key)); } catch { return null; }
  },
  set(key, value) {
    try {
      if (value === null) sessionStorage.removeItem(key);
      else sessionStorage.setItem(key, JSON.stringify(value));
      return true;
    } catch {
      return false;
    }
  },
};
