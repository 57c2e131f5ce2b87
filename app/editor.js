// The editor of a running attempt: what the island `Files` loads when its tab is first opened.
import { List } from "./editor/list.js";
import { ask, button, make, memory } from "./editor/parts.js";
import { Server } from "./editor/server.js";
import { decoded, show } from "./editor/text.js";

const nonce = document.querySelector("script[nonce]")?.nonce ?? "";
const RECENT = 8;

/** Opens it in the element. `hosts`: the names of the lab's hosts, where it has several. */
export function open(element, { attempt, hosts }) {
  new Editor(element, attempt, hosts).start();
}

class Editor {
  constructor(element, attempt, hosts) {
    this.attempt = attempt;
    this.server = new Server(attempt);
    this.file = null;
    this.host = make("select", { className: "files-host", "aria-label": "Host", hidden: hosts.length < 2, onchange: () => this.moved() },
      ...hosts.map((host) => make("option", { value: host }, host)));
    this.root = make("input", { type: "checkbox", role: "switch", onchange: () => this.asRoot() });
    this.path = make("input", { className: "files-path", "aria-label": "File to open", placeholder: "/etc/…", spellcheck: false, autocomplete: "off", list: "files-recent" });
    this.recent = make("datalist", { id: "files-recent" });
    this.save = button("Save", () => this.saves(), { disabled: true, title: "Save (Ctrl+S)" });
    this.download = make("a", { className: "button button-small", hidden: true, download: "" }, "Download");
    this.text = make("div", { className: "files-text" });
    this.status = make("p", { className: "files-status", role: "status" });
    this.actions = make("span", { className: "files-actions" });
    this.list = new List(this.server, { at: () => this.at(), open: (path) => this.opens(path), say: (...said) => this.say(...said) });
    const form = make("form", { className: "files-bar", onsubmit: (event) => { event.preventDefault(); this.opens(this.path.value.trim()); } },
      this.host, this.path, this.recent, make("button", { className: "button button-small" }, "Open"), this.save, this.download,
      make("label", { className: "switch" }, this.root, make("span", {}, "As root")));
    element.replaceChildren(form, this.list.element, this.text,
      make("div", { className: "files-foot" }, this.status, this.actions,
        make("p", { className: "terminal-keys" }, make("kbd", {}, "Ctrl+S"), " saves ", make("kbd", {}, "Esc"), " then ", make("kbd", {}, "Tab"), " leaves the text")));
    element.addEventListener("keydown", (event) => {
      if (event.key === "s" && (event.ctrlKey || event.metaKey) && !event.altKey && !event.defaultPrevented) {
        event.preventDefault();
        this.saves();
      }
    });
    this.rest("Choose a file, or type its path.");
  }

  async start() {
    const known = memory.get(this.key("open"));
    if (known?.host) this.host.value = known.host;
    this.root.checked = known?.root ?? false;
    this.recents();
    await this.list.show(known?.directory ?? "/etc") || await this.list.show("/");
    if (known?.path) await this.opens(known.path);
  }

  at() {
    return { host: this.host.value || undefined, root: this.root.checked };
  }

  key(what) {
    return `belay.files.${this.attempt}.${what}`;
  }

  draft(file = this.file) {
    return this.key(`draft.${file.host ?? ""}:${file.path}`);
  }

  async moved() {
    this.rest("Choose a file, or type its path.");
    await this.list.show("/etc") || await this.list.show("/");
  }

  say(words, tone = "", ...actions) {
    this.status.textContent = words;
    this.status.dataset.tone = tone;
    this.actions.replaceChildren(...actions);
  }

  /** No file is open; in words, why. */
  rest(words, ...more) {
    this.view?.close();
    this.view = null;
    this.file = null;
    this.save.disabled = true;
    this.download.hidden = true;
    this.text.replaceChildren(make("div", { className: "files-words" }, make("p", {}, words), ...more));
  }

  async opens(path, root = this.root.checked) {
    if (!path) return;
    if (!path.startsWith("/")) path = `${(this.list.path ?? "").replace(/\/$/, "")}/${path}`;
    const file = { path, host: this.host.value || undefined, root };
    this.path.value = path;
    const draft = memory.get(this.draft(file));
    let read;
    try {
      read = await this.server.read(file);
    } catch (refused) {
      const as_root = refused.why === "denied" && !root;
      if (refused.why === "not_a_file" && await this.list.show(path.replace(/(.)\/$/, "$1"))) return;
      if (refused.why !== "missing") {
        // What was typed is not lost because the box can't be asked.
        if (draft) return this.edits(file, draft.text, draft.version, `${refused.message} This is your unsaved text.`, "bad");
        this.rest(`${path}: ${refused.message}`, ...(as_root ? [button("Open as root", () => this.opens(path, true))] : []), ...(refused.why === "too_large" ? [this.downloads(file)] : []));
        return this.say("");
      }
      read = { bytes: new Uint8Array(), version: null, writable: true };
    }
    const text = decoded(read.bytes);
    if (text === null) {
      this.rest(`${path} is not text in UTF-8, so it can't be edited here without harm. You can download it.`, this.downloads(file));
      return this.say("");
    }
    if (draft && draft.text !== text) {
      return this.edits(file, draft.text, draft.version, "Your unsaved text of before is back.", "care");
    }
    memory.set(this.draft(file), null);
    const words = read.version === null ? "There is no such file yet. Saving makes it."
      : read.writable ? "" : "Your user may only read this file. Saving asks for root.";
    this.edits(file, text, read.version, words);
  }

  /** Shows a text. `version`: that of the file it was made from. */
  edits(file, text, version, words, tone, theirs) {
    this.rest("");
    this.text.replaceChildren();
    this.file = { ...file, version, saved: tone === undefined ? text : null };
    this.view = show(this.text, { path: file.path, text, nonce, theirs, changed: () => this.changed(), save: () => this.saves() });
    this.download.href = this.server.address("file", { ...file, download: true });
    this.download.hidden = version === null;
    if (this.file.saved === null) memory.set(this.draft(), { text, version });
    const at = file.path.lastIndexOf("/");
    const recent = [file.path, ...(memory.get(this.key("recent")) ?? []).filter((path) => path !== file.path)].slice(0, RECENT);
    memory.set(this.key("recent"), recent);
    memory.set(this.key("open"), { path: file.path, host: file.host, root: this.root.checked, directory: file.path.slice(0, at) || "/" });
    this.recents();
    this.mark();
    this.say(words ?? "", tone ?? "");
    this.view.focus();
  }

  recents() {
    this.recent.replaceChildren(...(memory.get(this.key("recent")) ?? []).map((path) => make("option", { value: path })));
  }

  changed() {
    const text = this.view.text();
    this.file.unkept = !memory.set(this.draft(), text === this.file.saved ? null : { text, version: this.file.version });
    this.mark();
    if (!this.save.disabled) this.say(this.file.unkept ? "Unsaved. The browser has no room to keep it: save before you reload." : "Unsaved changes", "care");
    else this.say("");
  }

  /** The mark of what is not saved. */
  mark() {
    const unsaved = this.view.text() !== this.file.saved || this.file.version === null;
    this.save.disabled = !unsaved;
    this.save.textContent = unsaved && this.file.version !== null ? "Save •" : "Save";
    this.text.dataset.unsaved = unsaved;
  }

  downloads(file) {
    return make("a", { className: "button button-small", href: this.server.address("file", { ...file, download: true }), download: "" }, "Download");
  }

  /** What is shown and saved from now on is root's business, or no longer. */
  asRoot() {
    this.list.show(this.list.path ?? "/");
    if (this.file && !this.file.root) this.say(this.root.checked ? "Saving is as root now." : "Saving is as your user again.");
  }

  async saves(replaces = this.file?.version, root = this.file?.root || this.root.checked) {
    const { file, view } = this;
    if (!file || this.saving) return;
    const text = view.text();
    this.saving = true;
    this.say("Saving …");
    try {
      file.version = await this.server.write({ ...file, root }, new TextEncoder().encode(text), replaces);
      file.saved = text;
      file.root = root;
      memory.set(this.draft(file), null);
      if (this.file === file) {
        view.alone();
        this.mark();
        this.download.hidden = false;
        this.say(`Saved ${new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })}${root ? ", as root" : ""}`, "good");
        if (replaces === null) this.list.show(this.list.path);
        if (view.text() !== text) this.changed();
      }
    } catch (refused) {
      if (this.file !== file) return;
      const as_root = refused.why === "denied" && !root;
      this.say(refused.message, "bad", ...(as_root ? [button("Save as root", () => this.saves(replaces, true))] : []));
      if (["changed", "gone", "exists"].includes(refused.why)) {
        this.saving = false;
        await this.conflict(file, refused);
      }
    } finally {
      this.saving = false;
    }
  }

  async conflict(file, refused) {
    let theirs = { bytes: new Uint8Array(), version: null };
    if (refused.why !== "gone") {
      try { theirs = await this.server.read(file); } catch (again) { return this.say(again.message, "bad"); }
    }
    const text = decoded(theirs.bytes);
    const answers = [["mine", "Keep mine"]];
    if (text !== null && refused.why !== "gone") answers.push(["theirs", "Take theirs"], ["both", "Show both", true]);
    const words = refused.why === "gone"
      ? "Somebody, or a program, has removed it. Your text is still here."
      : "Somebody, or a program, has written it since you opened it. Nothing of yours is lost yet.";
    const answer = await ask(`${file.path} is not as you opened it`, words, answers);
    if (this.file !== file) return;
    if (answer === "mine") return this.saves(theirs.version);
    if (answer === "theirs") {
      memory.set(this.draft(file), null);
      return this.edits(file, text, theirs.version, "This is how it is now.");
    }
    if (answer === "both") {
      // Saving from here on replaces what has just been shown.
      return this.edits(file, this.view.text(), theirs.version, "Yours, with what is different in theirs. Save when it is right.", "care", text);
    }
    this.say("Not saved. The file has changed since you opened it.", "bad");
  }
}
