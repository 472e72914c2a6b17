// The editor of the lab's page: what of CodeMirror it needs. site/vendor.mjs makes one classic script of it.
export { basicSetup } from "codemirror";
export { indentWithTab } from "@codemirror/commands";
export { cpp } from "@codemirror/lang-cpp";
export { HighlightStyle, indentUnit, syntaxHighlighting } from "@codemirror/language";
export { EditorState } from "@codemirror/state";
export { EditorView, keymap } from "@codemirror/view";
export { tags } from "@lezer/highlight";
