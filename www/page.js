// The page: reads the fields, asks through the package, shows the answer. The package is used as anybody would.
import { Aircher, AircherError } from "./pkg/entry-default.js";
import { Attachments, parts } from "./attachments.js";
import { Configuration } from "./configuration.js";
import { CostPanel } from "./costs.js";
import { HealthPanel } from "./health.js";
import { $, say } from "./make.js";
import { OllamaView } from "./ollama.js";
import { remedy } from "./policy.js";
import { prospects } from "./prospects.js";
import { groups, ofConfiguration, standin } from "./providers.js";
import { Session } from "./session.js";
import { Settings } from "./settings.js";
import { starter } from "./starter.js";
import { Answer, question } from "./view.js";
import { views } from "./views.js";

/** How close to the end of the page counts as reading along. */
const NEAR_PX = 80;
const LIMITS = { daily: "daily_limit", monthly: "monthly_budget" };

const place = await standin();
const attached = new Attachments($("file"), $("images"), $("files-note"));
const costs = new CostPanel({ totals: $("totals"), chart: $("chart"), calls: $("calls"), notes: $("notes") });
const health = new HealthPanel({ list: $("standing"), check: $("check"), said: $("health-said") });
const session = new Session({ make: made, attach, isBusy: () => running !== undefined || ollama.isBusy });
const settings = new Settings(groups(place), {
  renew: () => session.renew(),
  chosen(choices) {
    health.show(choices);
    ollama.offer(settings.choices, settings.chosen);
  },
  models: async (id, live) => (await session.ready()).models({ provider: id, live }),
});
const ollama = new OllamaView(
  {
    server: $("ollama-server"), version: $("ollama-version"), said: $("ollama-said"), problem: $("ollama-problem"), running: $("running"), models: $("installed"),
    form: $("pull-form"), name: $("pull-name"), pulls: $("pulls"), reload: $("ollama-reload"), dialog: $("sure"), question: $("sure-question"),
    sure: $("sure-yes"), keep: $("sure-no"), title: $("ollama-title"),
  },
  { client: () => session.ready(), chat: chatWith, idle: () => session.tidy() },
);
const show = views($("views"), (name) => name === "ollama" && ollama.refresh());
let messages = [];
let applied; // the configuration as TOML text, once it counts
let typed; // the limits in their fields, while a configuration has its own
let running; // the AbortController and the Answer of what is being written

new Configuration(
  { form: $("config-form"), text: $("toml"), numbers: $("toml-lines"), problem: $("toml-problem"), said: $("toml-said"), effective: $("effective"), forget: $("forget") },
  starter(place),
  { apply, forget: () => configure(undefined) },
);
settings.choose();
listen();

// ---- the client

function made() {
  // The keys of a configuration come from the fields, as the variables it names: the user's own, typed into this page.
  if (applied !== undefined) return Aircher.create(applied, { env: settings.environment, dangerouslyAllowBrowser: true });
  return Aircher.create({ ...settings.configuration, costs: limits() });
}

function attach(client) {
  costs.attach(client);
  health.attach(client);
  client.on("retry", (event) => running && inView(() => running.answer?.retried(event)));
  client.on("failover", (event) => running && inView(() => running.answer?.failedOver(event)));
}

/** The fields of the limits; an empty one sets none. */
function limits() {
  const given = Object.entries(LIMITS).map(([id, name]) => [name, $(id).value.trim()]);
  return Object.fromEntries(given.filter(([, value]) => value !== ""));
}

/** New limits are shown at once; one that is none is told at its place. */
function relimit() {
  $("notes").replaceChildren();
  session.renew();
  session.client().catch((error) => costs.note(error.message));
}

/** From now on this configuration counts: who can be asked, limits, retries and the rest. */
async function apply(text, config) {
  configure(text, config);
  await session.client();
}

/** The fields say what holds, and cannot say otherwise while it does. */
function configure(text, config) {
  const isBack = text === undefined;
  const groups = isBack ? undefined : ofConfiguration(config.providers, settings.choices);
  typed ??= Object.keys(LIMITS).map((id) => $(id).value);
  Object.entries(LIMITS).forEach(([id, name], at) => {
    $(id).value = isBack ? typed[at] : (config.costs[name] ?? "");
    $(id).disabled = !isBack;
  });
  if (isBack) typed = undefined;
  applied = text;
  session.renew();
  settings.replace(groups);
  settings.choose();
}

// ---- asking

async function send() {
  const text = $("prompt").value;
  if (running || (text.trim() === "" && attached.isEmpty)) return;
  running = new AbortController();
  working(true);
  $("prompt").value = "";
  try {
    const files = await attached.take();
    running.answer = begin(text, files);
    await ask(text, files, running.answer);
  } finally {
    running = undefined;
    session.tidy();
    costs.refresh(); // a call that was refused is booked without an event
    working(false);
  }
}

/** Streams one answer. Its message is pushed back as it came: that is all a conversation takes. */
async function ask(text, files, answer) {
  const turn = [...messages, { role: "user", content: parts(text, files) }];
  const { signal } = running;
  try {
    const client = await session.ready();
    for await (const chunk of client.chatStream(settings.request(turn), { signal })) {
      answer.add(chunk.stream.delta, inView);
      if (!chunk.stream.finished) continue;
      keep(answer, [...turn, chunk.message]);
      inView(() => answer.end(chunk));
    }
  } catch (error) {
    fail(error, { turn, text, files }, answer);
  }
}

/** A stopped answer stays in the conversation as far as it came; a failed turn does not, and can be sent again. */
function fail(error, { turn, text, files }, answer) {
  if (!AircherError.is(error) || error.type !== "cancelled") {
    health.failed(error);
    $("prompt").value ||= text;
    attached.giveBack(files);
    return inView(() => answer.failed(error, remedyOf(error)));
  }
  const said = error.partial?.message.content;
  if (said) keep(answer, [...turn, { role: "assistant", content: said }]);
  return inView(() => answer.stopped());
}

/** What else there is to do than what the error says: the library cannot know of the page's policy. */
function remedyOf({ type, provider }) {
  const choice = settings.choices.find(({ id }) => id === provider);
  return type === "network_error" && choice?.baseUrl ? remedy(choice.baseUrl) : undefined;
}

/** The conversation goes on from here, unless a new one has begun meanwhile. */
function keep(answer, turn) {
  if (answer.element.isConnected) messages = turn;
}

/** A dry run of what is in the box: nothing is sent. */
async function explain() {
  const turn = [...messages, { role: "user", content: $("prompt").value || "Hello" }];
  try {
    const client = await session.ready();
    $("prospects").replaceChildren(...prospects(await client.explain(settings.request(turn))));
    say($("health-said"), "");
  } catch (error) {
    $("prospects").replaceChildren();
    say($("health-said"), error.message);
  }
}

// ---- the page

function begin(text, files) {
  $("empty").hidden = true;
  const answer = new Answer();
  $("log").append(question(text, files), answer.element);
  window.scrollTo(0, document.documentElement.scrollHeight);
  return answer;
}

/** Changes the page and keeps its end in view of those who read along. */
function inView(change) {
  const { scrollHeight, clientHeight, scrollTop } = document.documentElement;
  const near = scrollHeight - clientHeight - scrollTop < NEAR_PX;
  change();
  if (near && document.body.dataset.view === "chat") window.scrollTo(0, document.documentElement.scrollHeight);
}

/** The next message goes to that model. */
function chatWith(id, model) {
  settings.use(id, model);
  show("chat");
  $("prompt").focus();
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
  show("chat");
  $("prompt").focus();
}

function listen() {
  $("new").addEventListener("click", restart);
  $("stop").addEventListener("click", () => running?.abort());
  $("explain").addEventListener("click", explain);
  $("limits").addEventListener("submit", (event) => event.preventDefault());
  for (const id of Object.keys(LIMITS)) $(id).addEventListener("change", relimit);
  $("csv").addEventListener("click", () => costs.download().catch((error) => costs.note(error.message)));
  $("composer").addEventListener("submit", (event) => (event.preventDefault(), send()));
  $("prompt").addEventListener("keydown", enter);
  document.addEventListener("keydown", ({ key }) => key === "Escape" && !document.querySelector("dialog[open]") && running?.abort());
  bringFiles();
  // On a phone the settings would fill the screen.
  for (const id of ["settings", "health", "costs"]) $(id).open = matchMedia("(min-width: 60rem)").matches;
  document.body.dataset.ready = "";
}

/** Files may be dropped anywhere on the conversation, or pasted into the message. */
function bringFiles() {
  const carries = ({ dataTransfer }) => document.body.dataset.view === "chat" && dataTransfer?.types.includes("Files");
  const over = (yes) => document.body.classList.toggle("dropping", yes);
  document.addEventListener("dragover", (event) => carries(event) && (event.preventDefault(), over(true)));
  document.addEventListener("dragleave", ({ relatedTarget }) => relatedTarget === null && over(false));
  document.addEventListener("drop", (event) => {
    over(false);
    if (!carries(event)) return;
    event.preventDefault();
    attached.add(event.dataTransfer.files);
  });
  $("prompt").addEventListener("paste", (event) => {
    if (event.clipboardData.files.length === 0) return;
    event.preventDefault();
    attached.add(event.clipboardData.files);
  });
}

/** Enter sends, except while an input method is composing a word. */
function enter(event) {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  send();
}
