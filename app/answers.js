// Keeps what is answered in an exercise while it is typed: what the island `Answers` loads.

/** How long after the last key something is kept, and how long after a failure it is tried again, in milliseconds. */
const AFTER = 600;
const AGAIN = [2000, 5000, 15000];

/** Looks after the form that the element is in, and says in the element how it stands. */
export function open(element, { attempt }) {
  const form = element.closest("form");
  const changed = new Set();
  let timer, busy = false, failures = 0;
  const say = (text, state) => {
    element.textContent = text;
    element.dataset.state = state;
  };

  const keep = async (leaving = false) => {
    clearTimeout(timer);
    if (!changed.size || (busy && !leaving)) return;
    const names = [...changed];
    changed.clear();
    busy = true;
    const given = new FormData(form);
    const body = new URLSearchParams(names.flatMap((name) => given.getAll(name).map((text) => [name, text])));
    const answer = await fetch(`/attempts/${attempt}/answers`, {
      method: "POST", body, headers: { accept: "application/json" }, keepalive: leaving, redirect: "error",
    }).catch(() => null);
    busy = false;
    if (answer?.ok) {
      failures = 0;
      if (changed.size) return soon(AFTER);
      return say("Saved", "saved");
    }
    names.forEach((name) => changed.add(name));
    const words = (await answer?.json().catch(() => null))?.words;
    say(words ?? "Not saved yet: the server can't be reached. Keep this page open; it is tried again.", "trouble");
    soon(AGAIN[Math.min(failures++, AGAIN.length - 1)]);
  };
  const soon = (time) => {
    clearTimeout(timer);
    timer = setTimeout(keep, time);
  };

  form.addEventListener("input", ({ target }) => {
    count();
    // What is sent by a button of its own is kept by that.
    if (!target.name || "now" in target.dataset) return;
    changed.add(target.name);
    if (element.dataset.state !== "trouble") say("Saving …", "saving");
    soon(AFTER);
  });
  // A click on a line's number says which line a remark is about.
  document.addEventListener("click", ({ target }) => {
    const { remarkFile, remarkLine } = target.dataset ?? {};
    if (!remarkLine) return;
    form.elements["remark-file"].value = remarkFile;
    form.elements["remark-line"].value = remarkLine;
    form.elements["remark-text"].focus();
  });
  const count = () => {
    const words = [...form.querySelectorAll("[data-text]")].flatMap(({ value }) => value.split(/\s+/).filter(Boolean));
    for (const output of form.querySelectorAll("[data-words]")) output.value = `${words.length} so far.`;
  };
  count();
  // Whoever hands in sends everything.
  form.addEventListener("submit", () => changed.clear());
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") keep(true);
  });
  addEventListener("beforeunload", (event) => {
    if (!changed.size) return;
    keep(true);
    event.preventDefault();
  });
  element.dataset.state = "ready";
  // What was ticked before this script was there.
  for (const { name, defaultValue, value, type, checked, defaultChecked } of form.elements) {
    if (name && (type === "radio" || type === "checkbox" ? checked !== defaultChecked : defaultValue !== undefined && value !== defaultValue)) changed.add(name);
  }
  keep();
}
