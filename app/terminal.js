// The terminal in the browser: what the island `Terminals` calls, around xterm.js. Fetched when the first one opens.
import { FitAddon } from "@xterm/addon-fit";
import { Terminal } from "@xterm/xterm";

// The page's policy allows no style that does not carry its nonce, and no style attribute set as text.
const nonce = document.querySelector("script[nonce]")?.nonce ?? "";

/** Runs something that makes style elements, and gives each of them the nonce. */
function withNonce(run) {
  const create = document.createElement;
  document.createElement = function (name, options) {
    const element = create.call(document, name, options);
    if (name === "style") element.nonce = nonce;
    return element;
  };
  try {
    return run();
  } finally {
    delete document.createElement;
  }
}

// xterm.js colours cells of 24-bit colour by writing their style attribute, which the policy forbids; the same text
// through the object model is allowed.
const setAttribute = HTMLSpanElement.prototype.setAttribute;
HTMLSpanElement.prototype.setAttribute = function (name, value) {
  if (name === "style") this.style.cssText = value;
  else setAttribute.call(this, name, value);
};

const COLOURS = [
  "background", "foreground", "cursor", "cursorAccent", "selectionBackground",
  "black", "red", "green", "yellow", "blue", "magenta", "cyan", "white",
  "brightBlack", "brightRed", "brightGreen", "brightYellow", "brightBlue", "brightMagenta", "brightCyan", "brightWhite",
];

/** The colours of the design: `--terminal-red` and so on. */
function theme(element) {
  const style = getComputedStyle(element);
  const kebab = (name) => name.replace(/[A-Z]/g, (letter) => "-" + letter.toLowerCase());
  return Object.fromEntries(COLOURS.map((name) => [name, style.getPropertyValue(`--terminal-${kebab(name)}`).trim()]).filter(([, value]) => value));
}

/** The terminals of the page, with the element of each. */
const opened = new Map();

/** A key such as `^C` or `^ESC` as a terminal sends it. */
const key = (name) => (/^\^esc$/i.test(name) ? "\x1b" : String.fromCharCode(name.replace("^", "").toUpperCase().charCodeAt(0) & 31));

/** Types into the terminal that is in front, as a button beside code asks for. */
function run(text, options) {
  const [terminal] = [...opened].find(([, element]) => element.clientWidth > 0) ?? opened.entries().next().value ?? [];
  if (!terminal) return;
  document.getElementById("tool-terminal")?.click();
  document.getElementById("view-terminal")?.click();
  if (options.includes("interrupt")) terminal.input("\x03");
  if (options.includes("ctrl-seq")) terminal.input(key(text));
  else terminal.input(text.replaceAll("\n", "\r") + (options.includes("no-newline") ? "" : "\r"));
  terminal.focus();
}

/** Brings the tab of a port to the front; any other than the lab's own goes by the tab for all. */
function showPort(port) {
  (document.querySelector(`input[name="tool"][data-port="${port}"]`) ?? document.getElementById("tool-port-any"))?.click();
  document.getElementById("view-terminal")?.click();
}

document.addEventListener("click", (event) => {
  const asked = event.target instanceof Element && event.target.closest("[data-run], [data-copy], a[data-port]");
  if (!asked) return;
  event.preventDefault();
  const { run: command, copy: words, port, options = "" } = asked.dataset;
  if (command !== undefined) run(command, options.split(" "));
  else if (words !== undefined) copyWords(asked, words);
  else showPort(port);
});

/** Copies, and says on the button whether it could. */
async function copyWords(button, words) {
  const word = button.textContent;
  const copied = await navigator.clipboard?.writeText(words).then(() => true, () => false);
  button.textContent = copied ? "Copied" : "Not copied";
  setTimeout(() => { button.textContent = word; }, 2000);
}

/** Opens a terminal in the element, which should have a size. */
export async function open(element, label) {
  const font = getComputedStyle(element);
  const fontFamily = font.fontFamily;
  const fontSize = Number.parseFloat(font.fontSize);
  // Cells are measured when the terminal opens, so its font must be there. Without it the next one in line serves.
  await Promise.allSettled([document.fonts.load(`${fontSize}px ${fontFamily}`), document.fonts.load(`bold ${fontSize}px ${fontFamily}`)]);

  const terminal = new Terminal({
    fontFamily,
    fontSize,
    lineHeight: 1.2,
    letterSpacing: 0,
    scrollback: 10_000,
    minimumContrastRatio: 4.5,
    theme: theme(element),
  });
  const fit = new FitAddon();
  terminal.loadAddon(fit);
  withNonce(() => terminal.open(element));
  terminal.textarea?.setAttribute("aria-label", label);
  opened.set(terminal, element);

  terminal.attachCustomKeyEventHandler((event) => !(event.type === "keydown" && shortcut(terminal, element, event)));

  let due = 0;
  const refit = () => {
    due = 0;
    // A pane that is not seen has no size; it is fitted when it comes back.
    if (element.clientWidth > 0 && element.clientHeight > 0) withNonce(() => fit.fit());
  };
  const observer = new ResizeObserver(() => { due ||= requestAnimationFrame(refit); });
  observer.observe(element);
  refit();

  return {
    write: (bytes, shown) => terminal.write(bytes, shown),
    onData: (heard) => terminal.onData(heard),
    onBinary: (heard) => terminal.onBinary(heard),
    onResize: (heard) => terminal.onResize(heard),
    size: () => [terminal.cols, terminal.rows],
    fit: refit,
    focus: () => terminal.focus(),
    reset: () => terminal.reset(),
    screenReaderMode: (on) => withNonce(() => { terminal.options.screenReaderMode = on; }),
    dispose: () => {
      observer.disconnect();
      cancelAnimationFrame(due);
      opened.delete(terminal);
      terminal.dispose();
    },
  };
}

/** Opens a terminal that only shows: its size is somebody else's, and its letters are as large as fit into the element. */
export async function view(element, label) {
  const font = getComputedStyle(element);
  const fontFamily = font.fontFamily;
  const largest = Number.parseFloat(font.fontSize);
  await Promise.allSettled([document.fonts.load(`${largest}px ${fontFamily}`), document.fonts.load(`bold ${largest}px ${fontFamily}`)]);
  const terminal = new Terminal({
    fontFamily,
    fontSize: largest,
    lineHeight: 1.2,
    letterSpacing: 0,
    scrollback: 10_000,
    minimumContrastRatio: 4.5,
    theme: theme(element),
    disableStdin: true,
  });
  withNonce(() => terminal.open(element));
  terminal.textarea?.setAttribute("aria-label", label);
  terminal.attachCustomKeyEventHandler((event) => !terminal.options.disableStdin && !(event.type === "keydown" && shortcut(terminal, element, event)));

  const refit = () => {
    const shown = element.querySelector(".xterm-screen");
    if (!shown || element.clientWidth === 0 || shown.clientWidth === 0) return;
    const style = getComputedStyle(element);
    const padding = (...sides) => sides.reduce((sum, side) => sum + Number.parseFloat(style[`padding${side}`]), 0);
    const width = element.clientWidth - padding("Left", "Right");
    const height = element.clientHeight - padding("Top", "Bottom");
    const scale = Math.min(width / shown.clientWidth, height / shown.clientHeight);
    const size = Math.max(6, Math.min(largest, Math.floor(terminal.options.fontSize * scale * 2) / 2));
    if (size !== terminal.options.fontSize) withNonce(() => { terminal.options.fontSize = size; });
  };
  let due = 0;
  const soon = () => { due ||= requestAnimationFrame(() => { due = 0; refit(); }); };
  new ResizeObserver(soon).observe(element);

  return {
    write: (bytes, shown) => terminal.write(bytes, shown),
    onData: (heard) => terminal.onData(heard),
    onBinary: (heard) => terminal.onBinary(heard),
    onResize: (heard) => terminal.onResize(heard),
    size: () => [terminal.cols, terminal.rows],
    resize: (cols, rows) => {
      withNonce(() => {
        terminal.options.fontSize = largest;
        terminal.resize(cols, rows);
      });
      soon();
    },
    typing: (on) => { terminal.options.disableStdin = !on; },
    focus: () => terminal.focus(),
    reset: () => terminal.reset(),
    screenReaderMode: (on) => withNonce(() => { terminal.options.screenReaderMode = on; }),
  };
}

/** The keys that are the page's and not the shell's: leave, copy, paste. Whether this was one of them. */
function shortcut(terminal, element, event) {
  if (!event.ctrlKey || !event.shiftKey || event.altKey || event.metaKey) return false;
  switch (event.code) {
    case "KeyE":
      event.preventDefault();
      leave(element);
      return true;
    case "KeyC":
      event.preventDefault();
      copy(terminal.getSelection());
      return true;
    case "KeyV":
      // The browser pastes by itself once the terminal keeps its hands off; xterm.js hears the paste.
      return true;
    default:
      return false;
  }
}

/** Moves the keyboard to the tab of this terminal, from where Tab goes on as everywhere. */
function leave(element) {
  const tab = element.closest("[role=tabpanel]")?.getAttribute("aria-labelledby");
  (tab ? document.getElementById(tab) : document.body)?.focus();
}

function copy(text) {
  if (!text) return;
  if (navigator.clipboard) {
    // Refused where the page has no right to it; then the mouse's own menu still copies.
    navigator.clipboard.writeText(text).catch(() => document.execCommand("copy"));
  } else {
    // Only secure origins have a clipboard; xterm.js answers this older way with its selection.
    document.execCommand("copy");
  }
}
