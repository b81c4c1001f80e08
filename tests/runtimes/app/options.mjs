// Options that are misspelt, of another kind, or no options at all: refused by name before anything is sent.
import { control, same, truly } from "./checks.mjs";

const REQUEST = { messages: [{ role: "user", content: "Say hello." }] };

/** `[name, check]`. */
export function options({ Aircher, AircherError }, url) {
  const providers = { openai: { api_key: "sk-test-12345678", base_url: `${url}/openai/v1`, model: "gpt-6-luna" }, ollama: { base_url: `${url}/ollama` } };
  const create = (options, more) => Aircher.create({ providers, retry: { max_retries: 0 }, ...more }, { dangerouslyAllowBrowser: true, ...options });
  return Object.entries({
    "of calls": () => calls(create, AircherError, url),
    "of a client": () => clients(create, AircherError),
    "none at all": () => none(create),
    "a fetch that answers with nothing": () => mocked(create, AircherError),
    "what a key function throws": () => thrown(create, AircherError),
    "names of classes": () => names(Aircher, AircherError, create),
  });
}

const caught = async (call) => {
  try {
    return await call().then(() => undefined);
  } catch (error) {
    return error;
  }
};

async function calls(create, AircherError, url) {
  await control(url, "reset", "POST");
  const llm = await create();
  const { signal } = new AbortController();
  const provider = llm.provider("openai");
  const known = "expected one of signal, timeouts, raw";
  const wrong = [
    [() => llm.chat(REQUEST, signal), "options: expected an object with signal, timeouts, raw"],
    [() => llm.chat(REQUEST, "x"), "options: expected an object with signal, timeouts, raw"],
    [() => llm.chat(REQUEST, () => {}), "options: expected an object with signal, timeouts, raw"],
    [() => llm.chat(REQUEST, { signal: new AbortController() }), "options.signal: expected an AbortSignal"],
    [() => llm.chat(REQUEST, { signall: signal }), `options.signall: unknown option, ${known}`],
    [() => llm.chat(REQUEST, { timeout: 1 }), `options.timeout: unknown option, ${known}`],
    [() => llm.chat(REQUEST, { timeouts: 1 }), "options.timeouts: expected a value of type object"],
    [() => llm.chat(REQUEST, { raw: "yes" }), "options.raw: expected a value of type boolean"],
    [() => llm.chatStream(REQUEST, { max_retries: 5 }).response, `options.max_retries: unknown option, ${known}`],
    [() => llm.embed({ input: "x" }, { signall: signal }), `options.signall: unknown option, ${known}`],
    [() => llm.chatAll([REQUEST], { concurency: 1 }), `options.concurency: unknown option, ${known}, concurrency`],
    [() => llm.models("openai"), "options: expected an object with provider, live"],
    [() => llm.models({ providr: "openai" }), "options.providr: unknown option, expected one of provider, live"],
    [() => provider.models({ liv: true }), "options.liv: unknown option, expected one of live"],
    [() => llm.costs.summary({ groupBy: "day" }), "options.groupBy: unknown option, expected one of from, to, by"],
    [() => llm.costs.entries(5), "options: expected an object with from, to, provider, model, after, limit"],
    [() => provider.countTokens("text", "gpt-4o"), "options: expected an object with model, exact, timeouts"],
    [() => provider.countTokens("text", { exactt: true }), "options.exactt: unknown option, expected one of model, exact, timeouts"],
    [() => llm.ollama.preload("m", { keepAliv: 1 }), "options.keepAliv: unknown option, expected one of keepAlive, numCtx, signal"],
    [() => llm.ollama.pull("m", { signall: signal }).result, "options.signall: unknown option, expected one of signal"],
    [() => llm.ollama.pull(undefined).result, "model: expected the name of a model"],
    [() => llm.ollama.create(undefined, {}).result, "model: expected the name of a model"],
    [async () => llm.chatStream(REQUEST).toResponse({ formt: "sse" }), "options.formt: unknown option, expected one of format"],
  ];
  for (const [call, message] of wrong) {
    const error = await Promise.race([caught(call), new Promise((late) => setTimeout(late, 2000, "nothing within two seconds"))]);
    truly(AircherError.is(error), `${call}: an AircherError, not ${error}`);
    same(`${error.type}: ${error.message}`, `invalid_request: ${message}`, `${call}`);
  }
  same((await control(url, "requests")).requests.length, 0, "requests sent");
  await llm.close();
}

async function clients(create, AircherError) {
  const wrong = [
    [{ fetch: "x" }, "options.fetch: expected a value of type function"],
    [{ env: "x" }, "options.env: expected a value of type object"],
    [{ onSettled: 5 }, "options.onSettled: expected a value of type function"],
    [{ dangerouslyAllowBrowser: "yes" }, "options.dangerouslyAllowBrowser: expected a value of type boolean"],
    [{ tokenizer: {} }, "options.tokenizer: expected what has `knows` and `load`"],
    [{ on: { allert() {} } }, "options.on.allert: unknown option, expected one of alert, failover, health, log, request, response, retry, usage, warning"],
    [{ on: { alert: 1 } }, "options.on.alert: expected a value of type function"],
  ];
  for (const [options, message] of wrong) {
    const error = await caught(() => create(options));
    same(AircherError.is(error) && `${error.type}: ${error.message}`, `invalid_config: ${message}`, message);
  }
}

/** `null` is nothing. */
async function none(create) {
  const llm = await create();
  const provider = llm.provider("openai");
  truly((await llm.chat(REQUEST, null)).message.content.length > 0, "an answer");
  truly((await llm.chat(REQUEST, { signal: null, timeouts: undefined })).message.content.length > 0, "another");
  truly((await llm.models(null)).length > 0 && Array.isArray(await llm.costs.summary(null)), "lists");
  truly((await provider.countTokens("text", null)) > 0 && (await llm.ollama.show("qwen3:8b", null)).capabilities.length > 0, "others");
  truly((await llm.chatStream(REQUEST).toResponse(null).text()).length > 0, "a response");
  same(typeof provider.supportsFor(5).functions, "boolean", "what a model of any name can do");
  await llm.close();
}

async function mocked(create, AircherError) {
  for (const answer of [undefined, {}, { status: "200" }]) {
    const llm = await create({ fetch: async () => answer });
    const error = await caught(() => llm.chat(REQUEST));
    truly(AircherError.is(error) && error.message.includes("options.fetch: gave something that is no Response"), `${JSON.stringify(answer)}: ${error}`);
    await llm.close();
  }
}

async function thrown(create, AircherError) {
  const cause = new Error("vault sealed");
  const api_key = async () => {
    throw cause;
  };
  const llm = await create({}, { providers: { openai: { api_key, base_url: "https://openai.test/v1", model: "gpt-6-luna" } } });
  for (const call of [() => llm.chat(REQUEST), () => llm.models({ provider: "openai", live: true })]) {
    const error = await caught(call);
    same(AircherError.is(error) && `${error.type} ${error.code}`, "authentication key_function", "the error");
    truly(error.cause === cause && !JSON.stringify(error).includes("vault"), "its cause");
  }
  await llm.close();
}

async function names(Aircher, AircherError, create) {
  const llm = await create();
  const made = [llm, llm.chatStream(REQUEST), llm.provider("openai"), llm.ollama, llm.ollama.pull("m")].map((one) => one.constructor.name);
  same(`${[Aircher.name, AircherError.name, ...made]}`, "Aircher,AircherError,Aircher,ChatStream,Provider,Ollama,OllamaTask", "names");
  const printed = llm[Symbol.for("nodejs.util.inspect.custom")](2, {}, JSON.stringify);
  truly(printed.startsWith("Aircher {") && printed.includes("gpt-6-luna") && !printed.includes("sk-test"), printed);
  await llm.close();
}
