// The page: reads the fields, asks through the package, shows the answer. The package is used as anybody would.
import { Aircher, AircherError } from "./pkg/entry-default.js";
import { CostPanel } from "./costs.js";
import { images } from "./images.js";
import { configuration, groups } from "./providers.js";
import { Answer, question } from "./view.js";

const $ = (id) => document.getElementById(id);
/** How close to the end of the page counts as reading along. */
const NEAR_PX = 80;

const all = await groups();
const choices = all.flatMap(({ choices }) => choices);
const attached = images($("file"), $("images"));
const panel = new CostPanel({ totals: $("totals"), chart: $("chart"), calls: $("calls"), notes: $("notes") });
let messages = [];
let llm; // made when first needed, and again after a change of key, address or limit
let retired = []; // clients that were replaced; an answer may still be coming over one
let running; // the AbortController of the answer that is being written

fill();
choose();
listen();

function fill() {
  for (const { label, choices } of all) {
    const group = Object.assign(document.createElement("optgroup"), { label });
    group.append(...choices.map(({ id, label }) => new Option(label, id)));
    $("provider").append(group);
  }
}

// ---- settings

function chosen() {
  return choices.find(({ id }) => id === $("provider").value);
}

/** Shows the fields of the chosen provider. */
function choose() {
  const { key, baseUrl, model, kind } = chosen();
  $("key").value = key;
  $("key").placeholder = kind === "ollama" ? "none needed" : "";
  $("base-url").value = baseUrl;
  $("model").value = model;
  summarise();
  return offerModels();
}

function summarise() {
  const { label, model } = chosen();
  $("chosen").textContent = `· ${[label, model].filter(Boolean).join(", ")}`;
}

/** A wrong address is told when something is sent; until then there are no models to offer. */
async function offerModels() {
  $("models").replaceChildren();
  const { id } = chosen();
  const known = await client().then((client) => client.provider(id).models()).catch(() => []);
  if (id === chosen().id) $("models").replaceChildren(...known.filter(({ status }) => status === "active").map(option));
}

function option({ id, context_window: window }) {
  return new Option(window ? `${Math.round(window / 1000)}k tokens` : "", id);
}

function client() {
  llm ??= made();
  return llm;
}

function made() {
  const making = Aircher.create({ ...configuration(choices), costs: limits() }).then((client) => {
    // One that was replaced while it was made must not take the panel back.
    if (making === llm) panel.attach(client);
    closeRetired();
    return client;
  });
  return making;
}

/** The fields of the limits; an empty one sets none. */
function limits() {
  const given = { daily_limit: $("daily").value.trim(), monthly_budget: $("monthly").value.trim() };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ""));
}

/** The next call takes what the fields say now. */
function renew() {
  if (llm) retired.push(llm);
  llm = undefined;
}

/** Not while an answer is coming, which would be cut; nor before there is another client that hears of other pages. */
function closeRetired() {
  if (running || !llm) return;
  for (const old of retired.splice(0)) old.then((client) => client.close()).catch(() => {});
}

/** New limits are shown at once; one that is none is told at its place. */
function relimit() {
  $("notes").replaceChildren();
  renew();
  client().catch((error) => panel.note(error.message));
}

/** Takes a field into the chosen provider; the client is made anew. */
function take(field, name) {
  field.addEventListener("input", () => {
    chosen()[name] = field.value.trim();
    renew();
    summarise();
  });
}

// ---- asking

async function send() {
  const text = $("prompt").value;
  if (running || (text.trim() === "" && !$("images").hasChildNodes())) return;
  $("prompt").value = "";
  const urls = attached.take();
  const answer = show(text, urls);
  running = new AbortController();
  working(true);
  try {
    await ask({ role: "user", content: parts(text, urls) }, answer);
  } finally {
    running = undefined;
    closeRetired();
    panel.refresh(); // a call that was refused is booked without an event
    working(false);
  }
}

function parts(text, urls) {
  if (urls.length === 0) return text;
  const pictures = urls.map((url) => ({ type: "image_url", image_url: { url } }));
  return [...(text ? [{ type: "text", text }] : []), ...pictures];
}

function written({ content }) {
  return typeof content === "string" ? content : (content.find(({ type }) => type === "text")?.text ?? "");
}

/** Streams one answer. Its message is pushed back as it came: that is all a conversation takes. */
async function ask(message, answer) {
  const turn = [...messages, message];
  const { signal } = running;
  try {
    const client = await current();
    for await (const chunk of client.chatStream(request(turn), { signal })) {
      answer.add(chunk.stream.delta, inView);
      if (!chunk.stream.finished) continue;
      keep(answer, [...turn, chunk.message]);
      inView(() => answer.end(chunk));
    }
  } catch (error) {
    fail(error, turn, answer);
  }
}

async function current() {
  try {
    return await client();
  } catch (error) {
    llm = undefined;
    throw error;
  }
}

function request(turn) {
  const { id, model } = chosen();
  const [system, tag] = [$("system"), $("tag")].map(({ value }) => value.trim());
  return {
    provider: id,
    messages: system ? [{ role: "system", content: system }, ...turn] : turn,
    ...(model ? { model } : {}),
    ...(tag ? { metadata: { tag } } : {}),
    ...($("think").checked ? { thinking: { effort: "medium", display: "summarized" } } : {}),
  };
}

/** A stopped answer stays in the conversation as far as it came; a failed turn does not, and can be sent again. */
function fail(error, turn, answer) {
  if (!AircherError.is(error) || error.type !== "cancelled") {
    $("prompt").value ||= written(turn.at(-1));
    return inView(() => answer.failed(error));
  }
  const text = error.partial?.message.content;
  if (text) keep(answer, [...turn, { role: "assistant", content: text }]);
  return inView(() => answer.stopped());
}

/** The conversation goes on from here, unless a new one has begun meanwhile. */
function keep(answer, turn) {
  if (answer.element.isConnected) messages = turn;
}

// ---- the page

function show(text, urls) {
  $("empty").hidden = true;
  const answer = new Answer();
  $("log").append(question(text, urls), answer.element);
  window.scrollTo(0, document.documentElement.scrollHeight);
  return answer;
}

/** Changes the page and keeps its end in view of those who read along. */
function inView(change) {
  const { scrollHeight, clientHeight, scrollTop } = document.documentElement;
  const near = scrollHeight - clientHeight - scrollTop < NEAR_PX;
  change();
  if (near) window.scrollTo(0, document.documentElement.scrollHeight);
}

function working(yes) {
  $("send").hidden = yes;
  $("stop").hidden = !yes;
  if (!yes || document.activeElement === document.body) $("prompt").focus();
}

function restart() {
  running?.abort();
  messages = [];
  $("log").replaceChildren();
  $("empty").hidden = false;
  $("prompt").focus();
}

function listen() {
  take($("key"), "key");
  take($("base-url"), "baseUrl");
  take($("model"), "model");
  $("provider").addEventListener("change", choose);
  $("new").addEventListener("click", restart);
  $("stop").addEventListener("click", () => running?.abort());
  for (const id of ["fields", "limits"]) $(id).addEventListener("submit", (event) => event.preventDefault());
  for (const id of ["daily", "monthly"]) $(id).addEventListener("change", relimit);
  $("csv").addEventListener("click", () => panel.download().catch((error) => panel.note(error.message)));
  $("composer").addEventListener("submit", (event) => (event.preventDefault(), send()));
  $("prompt").addEventListener("keydown", enter);
  document.addEventListener("keydown", ({ key }) => key === "Escape" && running?.abort());
  // On a phone the settings would fill the screen.
  for (const id of ["settings", "costs"]) $(id).open = matchMedia("(min-width: 60rem)").matches;
  document.body.dataset.ready = "";
}

/** Enter sends, except while an input method is composing a word. */
function enter(event) {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  send();
}
