// A preview of a running attempt: what the island `Preview` loads when its tab is first opened.
import { button, make } from "./editor/parts.js";

/** Opens it in the element. `what`: a name that the lab gives a port; empty for any port, which is then asked for. */
export function open(element, { attempt, what, path, hosts }) {
  const host = make("select", { className: "files-host", "aria-label": "Host", hidden: Boolean(what) || hosts.length < 2 }, ...hosts.map((host) => make("option", { value: host }, host)));
  const port = make("input", { className: "preview-port", type: "number", min: 1, max: 65535, required: !what, hidden: Boolean(what), "aria-label": "Port", placeholder: "8080" });
  const where = make("input", { className: "files-path", "aria-label": "Address", value: path, spellcheck: false, autocomplete: "off" });
  const away = make("a", { className: "button button-small", target: "_blank", rel: "noopener", hidden: true }, "New window");
  const words = make("p", { className: "preview-words", role: "status" });
  // It has an origin of its own, which it may use as it likes; our page stays where it is.
  const frame = make("iframe", { className: "preview-frame", title: what ? `Preview of ${what}` : "Preview", hidden: true, referrerPolicy: "no-referrer" });
  frame.setAttribute("sandbox", "allow-scripts allow-same-origin allow-forms allow-modals allow-popups allow-downloads");

  const load = async () => {
    const name = what || port.value;
    if (!name) return;
    const query = new URLSearchParams({ address: "1" });
    if (where.value) query.set("path", where.value);
    if (!what && host.value) query.set("host", host.value);
    let answer;
    try {
      answer = await fetch(`/attempts/${attempt}/preview/${encodeURIComponent(name)}?${query}`);
    } catch {
      return say("The server can't be reached right now. Try again in a moment.");
    }
    const said = await answer.json().catch(() => null);
    if (!answer.ok || !said?.url) return say(said?.words ?? "This did not work. Reload the page and try again.");
    say("");
    away.href = said.url;
    away.hidden = false;
    frame.hidden = false;
    frame.src = said.url;
    // Not before it leads somewhere: an empty frame would be of our own origin.
    if (!frame.isConnected) element.append(frame);
  };
  const say = (text) => {
    words.textContent = text;
    if (text) frame.hidden = true;
  };
  const form = make("form", { className: "files-bar", onsubmit: (event) => { event.preventDefault(); load(); } },
    host, port, where, make("button", { className: "button button-small" }, what ? "Go" : "Open"), button("Reload", load), away);
  element.replaceChildren(form, words);
  if (what) load();
  else say("Which port of your machine do you want to see? In the terminal, ss -tln lists who listens.");
}
