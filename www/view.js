// The conversation on the page: what was asked, the answer as it comes, and what became of it.
import { sent } from "./attachments.js";
import { timeline } from "./attempts.js";
import { dollars } from "./dollars.js";
import { inline } from "./inline.js";
import { make } from "./make.js";
import { Markdown } from "./markdown.js";
import { span, words } from "./units.js";

/** The user's message. */
export function question(text, files) {
  const article = make("article", "user", text);
  article.append(...files.map(sent));
  return article;
}

/** An answer that is being written. Text is drawn once per frame, however fast it comes. */
export class Answer {
  element = make("article", "assistant");
  #thinking;
  #thoughts;
  #body = make("div", "answer waiting");
  #markdown = new Markdown(this.#body);
  #pending = { content: "", thinking: "" };
  #frame;
  #course = make("p", "facts now");

  constructor() {
    // A screen reader waits until the answer is there, instead of reading every word as it comes.
    this.element.setAttribute("aria-busy", "true");
    this.element.append(this.#body, this.#course);
  }

  /** The call goes on elsewhere, or again: told until the answer comes. */
  retried({ provider, error, delay_ms: delay }) {
    this.#course.textContent = `${provider}: ${words(error.type)}. Asking again in ${span(delay)}.`;
  }

  failedOver({ from, to, error }) {
    this.#course.textContent = `${from}: ${words(error.type)}. Asking ${to}.`;
  }

  /** Adds what a chunk brought; `inView` is given the drawing to do. */
  add({ content = "", refusal = "", thinking = "" }, inView) {
    this.#pending.content += content + refusal;
    this.#pending.thinking += thinking;
    this.#frame ??= requestAnimationFrame(() => inView(() => this.#draw()));
  }

  /** The answer is complete. */
  end(response) {
    this.#close();
    this.element.append(make("p", "facts", facts(response)));
    const { warnings, attempts } = response.metadata;
    this.element.append(...timeline(attempts));
    if (warnings.length > 0) this.element.append(list("warnings", warnings.map(({ field, message }) => `Note: ${field && !message.includes(field) ? `${field}: ` : ""}${message}`)));
  }

  /** The answer was stopped. */
  stopped() {
    this.#close();
    this.element.append(make("p", "facts", "stopped"));
  }

  /** The answer failed; `remedy` stands in the place of the error's hint. */
  failed(error, remedy) {
    this.#close();
    this.element.append(problem(error, remedy), ...timeline(error?.attempts));
  }

  #close() {
    this.#draw();
    this.#course.remove();
    this.#body.classList.remove("waiting");
    this.#thinking?.removeAttribute("open");
    this.element.removeAttribute("aria-busy");
  }

  #draw() {
    cancelAnimationFrame(this.#frame);
    this.#frame = undefined;
    const { content, thinking } = this.#pending;
    this.#pending = { content: "", thinking: "" };
    if (thinking || content) this.#course.textContent = "";
    if (thinking) this.#think(thinking);
    if (content) this.#markdown.push(content);
  }

  #think(text) {
    this.#thoughts ??= this.#openThinking();
    this.#thoughts.append(text);
  }

  #openThinking() {
    this.#thinking = make("details", "thinking");
    this.#thinking.open = true;
    const thoughts = make("div", "");
    this.#thinking.append(make("summary", "", "Thinking"), thoughts);
    this.#body.before(this.#thinking);
    return thoughts;
  }
}

function facts({ model, usage, cost, stream, duration }) {
  const counts = [
    [usage.cached_tokens, "from the cache"],
    [usage.reasoning_tokens, "for thinking"],
  ];
  const more = counts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  const tokens = `${usage.prompt_tokens} tokens in, ${usage.completion_tokens} out${more.length > 0 ? ` (${more.join(", ")})` : ""}`;
  const price = `${dollars(cost)}${usage.estimated ? " (estimated)" : ""}`;
  return [model, tokens, price, `finished: ${stream.finish_reason}`, `${(duration / 1000).toFixed(1)} s`].join(" · ");
}

/** An error a person can act on: what kind, what happened, what to do. */
function problem(error, remedy = error?.hint) {
  const box = make("div", "error");
  box.setAttribute("role", "alert");
  const { type = error?.name ?? "error", message, status_code: status, request_id: request, resets_at: resets } = error ?? {};
  box.append(make("p", "type", words(type)), make("p", "message", message ?? String(error)));
  if (remedy) box.append(advice(remedy));
  const details = [status && `status ${status}`, request && `request ${request}`, resets && `the limit begins anew at ${resets}`].filter(Boolean);
  if (details.length > 0) box.append(make("p", "facts", details.join(" · ")));
  return box;
}

function advice(hint) {
  const advice = make("p", "hint", "What you can do: ");
  advice.append(inline(hint), ".");
  return advice;
}

function list(className, texts) {
  const element = make("ul", className);
  element.append(...texts.map((text) => make("li", "", text)));
  return element;
}
