// One run of Markdown text as DOM nodes: code, bold, italic, links. Nothing else becomes an element.
//
//   text --scan--> tokens --(delimiters pair up on a stack)--> build --> nodes
//
// Linear: every delimiter is put on the stack once and taken off once.

/** Code spans, delimiters, links' brackets, addresses. What none of them matches is text. */
const TOKEN = /\\[!-\/:-@[-`{-~]|`+|\*\*|__|[*_]|!?\[|\]|https:\/\/[^\s<>"'`*\]]+/g;
const TARGET = /\]\(<?((?:[^\s()<>]|\([^\s()<>]{0,200}\)){1,2000})>?(?:\s+"[^"\n]{0,200}")?\)/y;
const ELEMENTS = { "**": "strong", __: "strong", "*": "em", _: "em" };
/** Deeper nesting is shown as written: no browser likes a thousand elements inside each other. */
const DEPTH = 12;
/** How many open delimiters are remembered: a search among them takes the same time in any text. */
const PENDING = 64;
const NONE = { places: [], next: 0 };
const CLOSING = ".,;:!?)";

/** The nodes of a text. */
export function inline(text) {
  return build(scan(text));
}

function scan(text) {
  const tokens = [];
  const stack = []; // delimiters that may still be closed: { mark, at: index in tokens }
  const fences = fencesOf(text);
  let done = 0;
  const say = (to) => to > done && tokens.push({ text: text.slice(done, to) });
  TOKEN.lastIndex = 0;
  for (let match; (match = TOKEN.exec(text)); TOKEN.lastIndex = done) {
    const { 0: found, index } = match;
    say(index);
    done = index + take(found, { text, index, tokens, stack, fences });
  }
  say(text.length);
  return tokens;
}

/** Adds the tokens of a match; returns how many characters it used. */
function take(found, state) {
  const { text, index, tokens, stack } = state;
  if (found[0] === "\\") return tokens.push({ text: found[1] }), 2;
  if (found[0] === "`") return code(found, state);
  if (found.startsWith("https:")) return address(found, tokens);
  if (found.endsWith("[")) return open("[", found, tokens, stack);
  if (found === "]") return link(text, index, tokens, stack);
  return emphasis(found, state);
}

function open(mark, text, tokens, stack) {
  stack.push({ mark, at: tokens.push({ text }) - 1 });
  if (stack.length > PENDING) stack.shift();
  return text.length;
}

/** Where runs of each length of backticks are, so that a search for the closing one is a look-up. */
function fencesOf(text) {
  const fences = new Map();
  for (const { 0: ticks, index } of text.matchAll(/`+/g)) {
    if (!fences.has(ticks.length)) fences.set(ticks.length, { places: [], next: 0 });
    fences.get(ticks.length).places.push(index);
  }
  return fences;
}

function code(ticks, { text, index, tokens, fences }) {
  const runs = fences.get(ticks.length) ?? NONE; // after a backslash a run is shorter than it was counted
  while (runs.places[runs.next] <= index) runs.next += 1;
  const end = runs.places[runs.next];
  if (end === undefined) return tokens.push({ text: ticks }), ticks.length;
  tokens.push({ code: unpadded(text.slice(index + ticks.length, end)) });
  return end + ticks.length - index;
}

/** One blank on both sides is there to keep a backtick apart. */
function unpadded(text) {
  return text.startsWith(" ") && text.endsWith(" ") && text.trim() ? text.slice(1, -1) : text;
}

function address(found, tokens) {
  let end = found.length;
  while (CLOSING.includes(found[end - 1])) end -= 1;
  const url = found.slice(0, end);
  const href = safe(url);
  tokens.push(href ? { text: url, href } : { text: url });
  return url.length;
}

/** `](target)`: closes the nearest bracket when the target is one we link to; else everything stays text. */
function link(text, index, tokens, stack) {
  TARGET.lastIndex = index;
  const target = TARGET.exec(text);
  const opener = stack.findLast(({ mark }) => mark === "[");
  const href = target && safe(target[1]);
  if (opener) stack.length = stack.indexOf(opener);
  if (!opener || !href) return tokens.push({ text: "]" }), 1;
  for (const token of tokens.slice(opener.at)) delete token.href; // no link inside a link
  stack.splice(0, stack.length, ...stack.filter(({ mark }) => mark !== "["));
  pair(tokens, opener.at, { element: "a", href, mark: target[0] });
  return target[0].length;
}

function emphasis(mark, { text, index, tokens, stack }) {
  const before = text[index - 1] ?? " ";
  const after = text[index + mark.length] ?? " ";
  const inWord = mark[0] === "_" && /\w/.test(before) && /\w/.test(after);
  const opener = stack.findLast((delimiter) => delimiter.mark === mark);
  if (opener && !inWord && /\S/.test(before) && opener.at < tokens.length - 1) {
    stack.length = stack.indexOf(opener);
    pair(tokens, opener.at, { element: ELEMENTS[mark], mark });
    return mark.length;
  }
  if (!inWord && /\S/.test(after)) return open(mark, mark, tokens, stack);
  return tokens.push({ text: mark }), mark.length;
}

function pair(tokens, at, made) {
  const closer = { close: true, mark: made.mark };
  tokens[at] = { ...tokens[at], mark: tokens[at].text, open: made, closer };
  tokens.push(closer);
}

function build(tokens) {
  const root = document.createDocumentFragment();
  const path = [root];
  const made = new Set(); // closers of elements that were made
  let text = ""; // neighbours become one node
  const flush = () => (text && path.at(-1).append(text), (text = ""));
  for (const token of tokens) {
    if (made.has(token)) flush(), path.pop();
    else if (token.open && path.length <= DEPTH) {
      flush();
      made.add(token.closer);
      path.at(-1).append(path[path.push(element(token)) - 1]);
    } else if (token.href || token.code !== undefined) flush(), path.at(-1).append(leaf(token));
    else text += token.open || token.close ? token.mark : token.text;
  }
  flush();
  return root;
}

function element({ open: made, text }) {
  if (made.element !== "a") return document.createElement(made.element);
  const link = anchor(made.href, "");
  if (text === "![") link.append("image: ");
  return link;
}

function leaf({ text, code: inner, href }) {
  if (href) return anchor(href, text);
  const span = document.createElement("code");
  span.textContent = inner;
  return span;
}

function anchor(href, text) {
  const link = document.createElement("a");
  link.href = href;
  link.rel = "noopener noreferrer";
  link.target = "_blank";
  link.textContent = text;
  return link;
}

/** The address when it is absolute and https or mail; everything else (`javascript:`, `data:`, paths) is no link. */
function safe(text) {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url && (url.protocol === "https:" || url.protocol === "mailto:") ? url.href : undefined;
}
