// The list of a directory: go up and down, open, drop files to upload.
import { ask, button, make } from "./parts.js";

/** The largest upload, in bytes. */
const MOST = 16 * 1024 * 1024;

export class List {
  constructor(server, { at, open, say }) {
    Object.assign(this, { server, at, open, say });
    this.heading = make("h3", { className: "files-where" });
    this.names = make("ul", { className: "files-names", "aria-label": "Files" });
    this.picker = make("input", { type: "file", multiple: true, hidden: true, onchange: () => this.upload([...this.picker.files]) });
    this.element = make("div", { className: "files-list" },
      make("div", { className: "files-head" }, this.heading, button("Upload", () => this.picker.click(), { title: "Upload files to this directory, or drop them here" }), this.picker),
      this.names);
    this.element.addEventListener("dragover", (event) => { event.preventDefault(); this.element.classList.add("files-drop"); });
    this.element.addEventListener("dragleave", () => this.element.classList.remove("files-drop"));
    this.element.addEventListener("drop", (event) => {
      event.preventDefault();
      this.element.classList.remove("files-drop");
      this.upload([...event.dataTransfer.files]);
    });
  }

  /** Shows a directory. `focus`: the keyboard goes on in the list. */
  async show(path, focus = false) {
    let listing;
    try {
      listing = await this.server.list({ path, ...this.at() });
    } catch (refused) {
      this.say(`${path}: ${refused.message}`, "bad");
      return false;
    }
    this.path = path;
    this.heading.textContent = path;
    const row = (name, kind, words, act) =>
      make("li", {}, make("button", { type: "button", className: "files-name", "data-kind": kind, onclick: act, disabled: kind === "other" }, words, name));
    const below = (name) => `${path === "/" ? "" : path}/${name}`;
    const up = path.replace(/\/[^/]+\/?$/, "") || "/";
    const word = (text) => make("span", { className: "unseen" }, text);
    const rows = listing.entries.map(({ name, kind }) => kind === "directory"
      ? row(`${name}/`, kind, word("Directory "), () => this.show(below(name), true))
      : row(name, kind, word(kind === "file" ? "File " : "Not a file: "), () => this.open(below(name))));
    if (path !== "/") rows.unshift(row("..", "directory", word("Directory above "), () => this.show(up, true)));
    if (listing.more) rows.push(make("li", { className: "files-more" }, "There are more; the terminal lists them all."));
    this.names.replaceChildren(...rows);
    if (focus) this.names.querySelector("button:not(:disabled)")?.focus();
    return true;
  }

  async upload(files) {
    const where = this.path === "/" ? "" : this.path;
    for (const file of files) {
      if (file.size > MOST) {
        this.say(`${file.name} has ${(file.size / 1048576).toFixed(1)} MiB, and at most 16 are possible.`, "bad");
        continue;
      }
      const to = { path: `${where}/${file.name}`, ...this.at() };
      this.say(`Uploading ${file.name} …`);
      try {
        await this.server.write(to, file, null).catch(async (refused) => {
          if (refused.why !== "exists") throw refused;
          const answer = await ask(`Replace ${file.name}?`, `There is a ${to.path} already.`, [["replace", "Replace it"], ["", "Leave it", true]]);
          if (answer !== "replace") throw refused;
          return this.server.write(to, file, undefined);
        });
        this.say(`${to.path} is there.`, "good");
      } catch (refused) {
        this.say(`${to.path}: ${refused.message}`, "bad");
      }
    }
    this.picker.value = "";
    await this.show(this.path);
  }
}
