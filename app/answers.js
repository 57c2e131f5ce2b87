// Keeps what is answered in an exercise while it is typed: what the island `Answers` loads.

/** How long after the last key something is kept, and how long after a failure it is tried again, in milliseconds. */
const AFTER = 600;
const AGAIN = [2000, 5000, 15000];
/** So much a browser sends on while it leaves the page, in bytes. */
const LEAVING = 60_000;

/** Looks after the form that the element is in, and says in the element how it stands. */
export function open(element, { attempt }) {
  const form = element.closest("form");
  // What was touched on this page at all, what of it is not sent yet, and what is on its way.
  const touched = new Set(), changed = new Set(), flying = new Set();
  let timer, failures = 0, over = false;
  const say = (text, state) => {
    element.dataset.state = state;
    if (element.textContent !== text) element.textContent = text;
  };
  const touch = (name) => {
    touched.add(name);
    changed.add(name);
  };

  const keep = async () => {
    clearTimeout(timer);
    if (!changed.size || flying.size || over) return;
    for (const name of changed) flying.add(name);
    changed.clear();
    const given = new FormData(form);
    const body = new URLSearchParams([...flying].flatMap((name) => given.getAll(name).map((text) => [name, text])));
    const answer = await fetch(`/attempts/${attempt}/answers`, {
      method: "POST", body, headers: { accept: "application/json" }, keepalive: body.toString().length < LEAVING, redirect: "manual",
    }).catch(() => null);
    if (answer?.ok) {
      flying.clear();
      failures = 0;
      return changed.size ? soon(AFTER) : say("Saved", "saved");
    }
    for (const name of flying) changed.add(name);
    flying.clear();
    if (answer?.status === 409) {
      // Too late, or too long: to try again changes nothing.
      const words = (await answer.json().catch(() => null))?.words ?? "This can't be kept. Reload the page.";
      changed.clear();
      return say(words, "trouble");
    }
    say(answer?.type === "opaqueredirect"
      ? "Not saved: you are signed out. Sign in in another tab, then go on here; keep this page open."
      : "Not saved yet: the server can't be reached. Keep this page open; it is tried again.", "trouble");
    soon(AGAIN[Math.min(failures++, AGAIN.length - 1)]);
  };
  const soon = (time) => {
    clearTimeout(timer);
    timer = setTimeout(keep, time);
  };
  const count = () => {
    const words = [...form.querySelectorAll("[data-text]")].flatMap(({ value }) => value.split(/\s+/).filter(Boolean));
    for (const output of form.querySelectorAll("[data-words]")) output.value = `${words.length} so far.`;
  };

  form.addEventListener("input", ({ target }) => {
    count();
    // What is sent by a button of its own is kept by that.
    if (!target.name || "now" in target.dataset) return;
    touch(target.name);
    if (element.dataset.state !== "trouble") say("Saving …", "saving");
    soon(AFTER);
  });
  // Another tab may know better what was not touched here.
  form.addEventListener("formdata", ({ formData }) => {
    const kept = [...form.elements].filter(({ name, type, dataset }) => name && type !== "submit" && !("now" in dataset));
    for (const { name } of kept) if (!touched.has(name)) formData.delete(name);
  });
  // Whoever sends the form sends all that was touched.
  form.addEventListener("submit", () => {
    over = true;
    clearTimeout(timer);
    changed.clear();
  });
  // A click on a line's number says which line a remark is about.
  document.addEventListener("click", ({ target }) => {
    const { remarkFile, remarkLine } = target.dataset ?? {};
    if (!remarkLine) return;
    form.elements["remark-file"].value = remarkFile;
    form.elements["remark-line"].value = remarkLine;
    form.elements["remark-text"].focus();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") keep();
  });
  addEventListener("beforeunload", (event) => {
    if (over || !(changed.size || flying.size)) return;
    keep();
    event.preventDefault();
  });

  count();
  say(element.textContent || "Saved as you go", "ready");
  // What was ticked before this script was there.
  for (const { name, defaultValue, value, type, checked, defaultChecked, dataset } of form.elements) {
    if (!name || type === "submit" || type === "hidden" || "now" in dataset) continue;
    const ticked = type === "radio" || type === "checkbox";
    if (ticked ? checked !== defaultChecked : defaultValue !== undefined && value !== defaultValue) touch(name);
  }
  keep();
}
