// The text: CodeMirror in the colours of the terminal, and what is text at all.
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { HighlightStyle, StreamLanguage, bracketMatching, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { json } from "@codemirror/legacy-modes/mode/javascript";
import { nginx } from "@codemirror/legacy-modes/mode/nginx";
import { properties } from "@codemirror/legacy-modes/mode/properties";
import { python } from "@codemirror/legacy-modes/mode/python";
import { shell } from "@codemirror/legacy-modes/mode/shell";
import { toml } from "@codemirror/legacy-modes/mode/toml";
import { yaml } from "@codemirror/legacy-modes/mode/yaml";
import { unifiedMergeView } from "@codemirror/merge";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { Compartment, EditorState } from "@codemirror/state";
import { EditorView, drawSelection, highlightActiveLine, highlightSpecialChars, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { make } from "./parts.js";

const colour = (name) => `var(--terminal-${name})`;

const colours = HighlightStyle.define([
  { tag: tags.comment, color: colour("quiet"), fontStyle: "italic" },
  { tag: [tags.keyword, tags.definitionKeyword, tags.modifier], color: colour("magenta") },
  { tag: [tags.string, tags.special(tags.string)], color: colour("green") },
  { tag: [tags.number, tags.bool, tags.atom, tags.null], color: colour("yellow") },
  { tag: [tags.heading, tags.definition(tags.variableName), tags.propertyName, tags.attributeName], color: colour("blue") },
  { tag: [tags.variableName, tags.standard(tags.variableName), tags.meta], color: colour("cyan") },
  { tag: tags.invalid, color: colour("red") },
]);

const theme = EditorView.theme({
  "&": { height: "100%", color: colour("foreground"), backgroundColor: colour("background") },
  "&.cm-focused": { outline: `2px solid ${colour("cursor")}`, outlineOffset: "-2px" },
  ".cm-scroller": { fontFamily: "var(--font-code)", fontSize: "14px", lineHeight: "20px" },
  ".cm-content": { caretColor: colour("cursor") },
  ".cm-cursor": { borderLeftColor: colour("cursor") },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: colour("selection-background") },
  ".cm-activeLine": { backgroundColor: "rgb(255 255 255 / 4%)" },
  ".cm-gutters": { color: colour("quiet"), backgroundColor: colour("background"), border: "0" },
  ".cm-panels": { color: colour("foreground"), backgroundColor: colour("hover") },
  ".cm-panels button, .cm-panels input": { color: "inherit", background: colour("background"), border: `1px solid ${colour("quiet")}`, borderRadius: "4px" },
  ".cm-panels label": { font: "var(--text-s)" },
  ".cm-searchMatch": { backgroundColor: "rgb(229 180 84 / 35%)" },
  "&.cm-merge-b .cm-changedText, & .cm-changedText": { background: "rgb(95 207 139 / 25%)" },
  "& .cm-changedLine": { backgroundColor: "rgb(95 207 139 / 10%)" },
  "& .cm-deletedChunk": { backgroundColor: "rgb(255 123 138 / 12%)" },
  "& .cm-deletedChunk .cm-deletedText, & .cm-deletedChunk del": { background: "rgb(255 123 138 / 25%)" },
  "& .cm-chunkButtons": { display: "flex", gap: "4px" },
  "& .cm-chunkButtons button.button": { minHeight: "24px", padding: "0 8px", font: "var(--text-s)", color: colour("foreground"), background: colour("background"), border: `1px solid ${colour("quiet")}` },
}, { dark: true });

// A name and what it is written in: the first that fits.
const LANGUAGES = [
  [/\/nginx\/|nginx[^/]*\.conf$/, nginx],
  [/\.(sh|bash)$|\/\.?(bash|profile|zsh)[^/]*$|^\/etc\/default\//, shell],
  [/\.ya?ml$/, yaml],
  [/\.toml$/, toml],
  [/\.json$/, json],
  [/\.py$/, python],
  [/\.(ini|cfg|cnf|conf|env|properties|service|socket|timer|target|mount|network)$|^\/etc\//, properties],
];
const BANGS = [[/^#!.*\b(ba|da|z|)sh\b/, shell], [/^#!.*\bpython/, python]];

function language(path, text) {
  const found = BANGS.find(([pattern]) => pattern.test(text.slice(0, 100))) ?? LANGUAGES.find(([pattern]) => pattern.test(path));
  return found ? StreamLanguage.define(found[1]) : [];
}

/** The two ways on from a difference, in words. */
function choice(kind, action) {
  return make("button", { type: "button", name: kind, className: "button button-small", onmousedown: action, onclick: action }, kind === "accept" ? "Mine" : "Theirs");
}

/** The text of these bytes; `null` where they are none in UTF-8. */
export function decoded(bytes) {
  if (bytes.includes(0)) return null;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** Shows a text in an element and returns how to speak to it. `theirs`: another text that differences are shown to. */
export function show(element, { path, text, nonce, theirs, changed, save }) {
  // What ends lines ends them after saving too. Where both are mixed, the odd one is shown as a character.
  const separator = text.includes("\r\n") && !/(^|[^\r])\n/.test(text) ? "\r\n" : "\n";
  const both = new Compartment();
  const state = EditorState.create({
    doc: text,
    extensions: [
      EditorState.lineSeparator.of(separator),
      EditorView.cspNonce.of(nonce),
      EditorView.contentAttributes.of({ "aria-label": `Text of ${path}`, spellcheck: "false" }),
      lineNumbers(),
      highlightSpecialChars(),
      history(),
      drawSelection(),
      bracketMatching(),
      highlightActiveLine(),
      highlightSelectionMatches(),
      indentUnit.of("    "),
      keymap.of([{ key: "Mod-s", preventDefault: true, run: () => { save(); return true; } }, ...defaultKeymap, ...historyKeymap, ...searchKeymap, indentWithTab]),
      language(path, text),
      syntaxHighlighting(colours),
      theme,
      both.of(theirs === undefined ? [] : unifiedMergeView({ original: theirs, mergeControls: choice })),
      EditorView.updateListener.of((update) => { if (update.docChanged) changed(); }),
    ],
  });
  const view = new EditorView({ state, parent: element });
  return {
    text: () => view.state.sliceDoc(),
    /** Differences are settled. */
    alone: () => view.dispatch({ effects: both.reconfigure([]) }),
    focus: () => view.focus(),
    close: () => view.destroy(),
  };
}
