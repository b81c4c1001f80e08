// Markdown as it streams in, as DOM nodes made one by one: no text ever becomes HTML.
//
//   push(text): undo the sketch -> finished lines are final -> the unfinished rest is sketched
//
// Only the open block and the unfinished line are drawn again, and both are cut when they grow long: the whole takes
// time in proportion to the text.
import { inline } from "./inline.js";

const FENCE = /^(\s{0,12})(`{3,}|~{3,})\s*[\w+#.-]*\s*$/;
const HEADING = /^ {0,3}(#{1,6})[ \t]+(.*)$/;
const RULE = /^ {0,3}([-*_])(?:[ \t]*\1){2,}[ \t]*$/;
const ITEM = /^([ \t]*)([-*+]|\d{1,9}[.)])[ \t]+(.*)$/;
const QUOTE = /^ {0,3}> ?(.*)$/;
const TABLE = /^ {0,3}\|/;
/** Text that is drawn again with every push is cut at this length, at a blank. */
const LONG = 2000;
const LIST_DEPTH = 8;
/** `leaf`: the open paragraph, heading, item or quote; `glued`: the next line goes on where the last was cut. */
const START = { leaf: undefined, lists: [], fence: undefined, table: undefined, glued: false };

/** Renders into an element. */
export class Markdown {
  #root;
  #tail = "";
  #state = START; // never changed in place: undoing is going back to the one before
  #saved = START;
  #sketched; // nodes of the sketch; undefined while lines are final

  constructor(root) {
    this.#root = root;
  }

  /** Adds text. */
  push(text) {
    this.#undo();
    const lines = (this.#tail + text).split("\n");
    this.#tail = lines.pop();
    for (const line of lines) this.#line(line.replace(/\r$/, ""));
    while (this.#tail.length > LONG) this.#cut();
    this.#sketch();
  }

  #undo() {
    for (const node of this.#sketched ?? []) node.remove();
    this.#sketched = undefined;
    this.#state = this.#saved;
  }

  #sketch() {
    this.#saved = this.#state;
    this.#sketched = [];
    if (this.#tail) this.#line(this.#tail);
    this.#settle();
  }

  /** A line longer than is drawn again and again: its beginning is final. */
  #cut() {
    const blank = this.#tail.lastIndexOf(" ", LONG);
    const at = blank > 0 ? blank + 1 : LONG;
    this.#line(this.#tail.slice(0, at), true);
    this.#tail = this.#tail.slice(at);
  }

  // ---- lines

  #line(text, unfinished = false) {
    const { glued, fence, table } = this.#state;
    this.#set({ glued: unfinished });
    const end = unfinished ? "" : "\n";
    if (fence && (glued || !closes(text, fence))) return this.#put(fence.code, document.createTextNode(unindented(text, fence.indent) + end));
    if (fence) return this.#set({ fence: undefined });
    if (table && (glued || TABLE.test(text))) return this.#put(table, document.createTextNode(text + end));
    if (glued) return this.#continue(text);
    this.#set({ table: undefined });
    return this.#block(text, end);
  }

  #block(text, end) {
    if (text.trim() === "") return this.#settle();
    const [, indent, mark] = FENCE.exec(text) ?? [];
    if (mark) return this.#fence(indent.length, mark);
    const [, hashes, title] = HEADING.exec(text) ?? [];
    if (hashes) return this.#leaf(this.#container(0), `h${hashes.length}`, title.replace(/[ \t]#{1,6}$/, ""), { single: true });
    if (RULE.test(text)) return this.#void(this.#container(0), "hr");
    const [, space, bullet, item] = ITEM.exec(text) ?? [];
    if (bullet) return this.#item(width(space), bullet, item);
    const [, quoted] = QUOTE.exec(text) ?? [];
    if (quoted !== undefined) return this.#quote(quoted);
    if (TABLE.test(text)) return this.#table(text + end);
    return this.#text(text);
  }

  /** Goes on with the open block, else begins a paragraph. */
  #text(text) {
    const { leaf } = this.#state;
    if (leaf && !leaf.single) return this.#continue(`\n${text.trim()}`);
    return this.#leaf(this.#container(width(text)), "p", text.trim());
  }

  #continue(text) {
    const { leaf } = this.#state;
    if (!leaf) return this.#leaf(this.#root, "p", text);
    this.#set({ leaf: { ...leaf, text: leaf.text + text } });
    if (leaf.text.length > LONG) this.#write();
    return undefined;
  }

  #quote(text) {
    if (this.#state.leaf?.quote) return this.#continue(`\n${text}`);
    return this.#leaf(this.#container(0), "blockquote", text, { quote: true });
  }

  #fence(indent, mark) {
    this.#settle();
    const code = this.#void(this.#void(this.#container(indent), "pre"), "code");
    this.#set({ fence: { code, mark, indent } });
  }

  /** A table is shown as it was written. */
  #table(text) {
    this.#settle();
    const table = this.#void(this.#void(this.#container(0), "pre"), "code");
    this.#put(table, document.createTextNode(text));
    this.#set({ table });
  }

  #item(indent, bullet, text) {
    this.#settle();
    const tag = /\d/.test(bullet) ? "ol" : "ul";
    const outer = this.#state.lists.filter((list) => list.indent < indent - 1).slice(0, LIST_DEPTH);
    const same = this.#state.lists[outer.length];
    const element = same?.tag === tag ? same.element : this.#list(outer.at(-1)?.item ?? this.#root, tag, bullet);
    const item = this.#leaf(element, "li", text);
    this.#set({ lists: [...outer, { indent: same?.indent ?? indent, tag, element, item }] });
  }

  #list(parent, tag, bullet) {
    const list = this.#void(parent, tag);
    if (tag === "ol") list.start = Number.parseInt(bullet, 10);
    return list;
  }

  /** Where a block goes: an indented one into the open list item, any other ends the lists. */
  #container(indent) {
    this.#settle();
    const { lists } = this.#state;
    if (indent >= 2 && lists.length > 0) return lists.at(-1).item;
    this.#set({ lists: [] });
    return this.#root;
  }

  // ---- nodes

  #leaf(parent, tag, text, more) {
    const element = this.#void(parent, tag);
    this.#set({ leaf: { element, text, ...more } });
    return element;
  }

  #void(parent, tag) {
    return this.#put(parent, document.createElement(tag));
  }

  /** Writes and closes the open leaf. */
  #settle() {
    this.#write();
    this.#set({ leaf: undefined });
  }

  #write() {
    const { leaf } = this.#state;
    if (!leaf) return;
    for (const node of [...inline(leaf.text).childNodes]) this.#put(leaf.element, node);
    this.#set({ leaf: { ...leaf, text: "" } });
  }

  #put(parent, node) {
    this.#sketched?.push(node);
    parent.append(node);
    return node;
  }

  #set(change) {
    this.#state = { ...this.#state, ...change };
  }
}

function closes(text, { mark }) {
  const line = text.trim();
  return line.length >= mark.length && line === mark[0].repeat(line.length);
}

function unindented(text, indent) {
  return text.slice(Math.min(indent, text.length - text.trimStart().length));
}

/** How far a line is indented; a tab counts four. */
function width(text) {
  return /^[ \t]*/.exec(text)[0].replaceAll("\t", "    ").length;
}
