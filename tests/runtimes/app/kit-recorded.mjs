// Exchanges recorded from the stand-in, scrubbed, and replayed.
import { same, truly } from "./checks.mjs";
import { configOf, SUBJECTS } from "./kit-subjects.mjs";

const ASK = { messages: [{ role: "user", content: "Say hello." }] };

export function recorded(kit) {
  const each = Object.keys(SUBJECTS).map((name) => [`recording: ${name}`, () => replayed(kit, SUBJECTS[name])]);
  return [
    ...each,
    ["recording: no canary is left", () => canaries(kit)],
    ["recording: a secret across two chunks, chunks within a character", () => seams(kit)],
    ["recording: a request that differs says how", () => differs(kit)],
    ["recording: failures, timing, wrong fixtures", () => failures(kit)],
  ];
}

/** Records with the stand-in, replays without it: the same chunks. */
async function replayed({ Aircher, recordingFetch, replayFetch, url }, subject) {
  const config = configOf(subject, url);
  const chunks = async (fetch) => {
    const llm = await Aircher.create(config, { fetch });
    const all = [];
    for await (const { stream, message, usage } of llm.chatStream(ASK)) all.push({ stream, message, usage });
    const whole = await llm.chat({ ...ASK, stream: false });
    await llm.close();
    return JSON.stringify([...all, whole.message, whole.usage]);
  };
  const recording = recordingFetch();
  const first = await chunks(recording);
  const fixture = JSON.stringify(recording.fixture());
  const replay = replayFetch(fixture);
  same(await chunks(replay), first, "what the library gave");
  same([replay.left, replay.mismatches.length].join(), "0,0", "left, and mismatches");
  if (subject.key) truly(!fixture.includes(subject.key), "no key in the fixture");
  truly(JSON.parse(fixture).exchanges.some(({ response }) => response.chunks.length > 3), "the answer came in chunks");
}

/** What must not be found, wherever it stands. */
const CANARY = {
  key: "sk-canary-0123456789abcdef",
  cookie: "canarycookie0123456789",
  organisation: "org-canary0123456789",
  project: "proj_canary0123456789",
  query: "canaryquery0123456789",
  body: 'canary"body/\\0123456789',
  token: "eyJjYW5hcnk.eyJjYW5hcnkifQ.c2lnbmF0dXJl",
  custom: "my own canary",
  pattern: "customer-4711",
  header: "canary-in-a-header-of-ones-own",
};

async function canaries({ recordingFetch }) {
  const echo = `${Object.values(CANARY).join(" ")} ${JSON.stringify(CANARY.body)} ${encodeURIComponent(CANARY.body)} ${btoa(CANARY.key)}`;
  const said = { echo, organization_id: "11111111-2222-3333-4444-555555555555", told: JSON.stringify({ client_secret: "canary-in-a-text-0123" }) };
  const headers = { "content-type": "application/json", "set-cookie": `session=${CANARY.cookie}; Path=/; Secure`, "openai-organization": CANARY.organisation, "x-ratelimit-remaining": "7" };
  const answer = () => new Response(JSON.stringify(said), { headers });
  const recording = recordingFetch({ fetch: async () => answer(), scrub: [CANARY.custom, /customer-\d+/] });
  const messages = [{ role: "user", content: echo }];
  const body = JSON.stringify({ model: "gpt-4o", api_key: CANARY.body, access_token: CANARY.token, user: "user-canary-0123", messages });
  const response = await recording(`https://canary.test/v1/projects/canary-project-1/chat?key=${CANARY.query}&alt=sse`, {
    method: "POST",
    headers: { authorization: `Bearer ${CANARY.key}`, "openai-organization": CANARY.organisation, "openai-project": CANARY.project, "x-mine": CANARY.header, "content-type": "application/json", cookie: `a=${CANARY.cookie}` },
    body: new TextEncoder().encode(body),
  });
  truly((await response.text()).includes(CANARY.key), "whoever asked gets the answer as it was");
  const text = JSON.stringify(recording.fixture());
  const inJson = (secret) => JSON.stringify(secret).slice(1, -1);
  const found = ["user-canary-0123", "11111111-2222", "canary-project-1", "canary-in-a-text-0123", btoa(CANARY.key), encodeURIComponent(CANARY.body)];
  for (const secret of [...Object.values(CANARY), ...found]) {
    for (const form of [secret, inJson(secret), inJson(inJson(secret))]) truly(!text.includes(form), `${form} is in ${text}`);
  }
  const [{ request, response: noted }] = recording.fixture().exchanges;
  same(request.headers["content-type"], "application/json", "what says nothing is kept");
  same(noted.headers["x-ratelimit-remaining"], "7", "limits are kept");
  truly(request.url.endsWith("chat?key=***&alt=sse"), request.url);
  truly(request.body.includes('"model":"gpt-4o"'), request.body);
}

/** Bytes of an answer in chunks of one length. */
function inChunks(text, length) {
  const bytes = new TextEncoder().encode(text);
  return new ReadableStream({
    start(controller) {
      for (let at = 0; at < bytes.length; at += length) controller.enqueue(bytes.slice(at, at + length));
      controller.close();
    },
  });
}

async function seams({ recordingFetch, replayFetch }) {
  const text = `ünï👍 ${CANARY.key} 東京 ${CANARY.key}.${CANARY.organisation} end`;
  for (const length of [1, 2, 3, 5, 7, 11, 1000]) {
    const recording = recordingFetch({ fetch: async () => new Response(inChunks(text, length)) });
    await (await recording("https://canary.test/", { headers: { authorization: `Bearer ${CANARY.key}` } })).text();
    const fixture = recording.fixture();
    same(await (await replayFetch(fixture)("https://canary.test/", { headers: { authorization: "Bearer another-key" } })).text(), "ünï👍 *** 東京 ***.*** end", `chunks of ${length}`);
    const { chunks } = fixture.exchanges[0].response;
    same(chunks.length, Math.ceil(new TextEncoder().encode(text).length / length), "chunks");
    if (length === 1) truly(chunks.some(({ base64 }) => base64), "a part of a character is base 64");
  }
}

async function differs({ Aircher, AircherError, recordingFetch, replayFetch, url }) {
  const subject = SUBJECTS.claude;
  const recording = recordingFetch();
  const llm = await Aircher.create(configOf(subject, url), { fetch: recording });
  await llm.chat({ ...ASK, max_tokens: 100 });
  await llm.close();
  const replay = replayFetch(recording.fixture());
  const again = await Aircher.create({ ...configOf(subject, url), retry: { max_retries: 2 } }, { fetch: replay });
  const error = await again.chat({ messages: [{ role: "user", content: "Say goodbye." }], max_tokens: 50 }).catch((error) => error);
  truly(AircherError.is(error) && error.type === "invalid_request", `invalid_request: ${error}`);
  const told = [/Exchange 1 is nearest/, /body\.messages\[0\]\.content[^;]*: recorded "Say hello\.", now "Say goodbye\."/, /body\.max_tokens: recorded 100, now 50/];
  for (const part of told) truly(part.test(error.message), `${part} in ${error.message}`);
  same(replay.mismatches.length, 1, "it was not asked again");
  same(replay.left, 1, "the exchange is left");
  truly((await again.chat({ ...ASK, max_tokens: 100 })).message.content, "the recorded request is answered");
  const used = await again.chat({ ...ASK, max_tokens: 100 }).catch((error) => error);
  truly(/every recorded exchange was used/.test(used.message), used.message);
  await again.close();
}

async function failures({ recordingFetch, replayFetch, virtualClock, fakeProvider }) {
  const clock = virtualClock();
  const fake = fakeProvider({ dialect: "ollama", script: [{ network_error: "ECONNREFUSED" }, { text: "one two three", delay_ms: 5000, chunk_delay_ms: 1000 }, { text: "one two three", reset_after: 2 }], clock });
  const post = { method: "POST", body: '{"model": "x"}' };
  const read = async (fetch) => (await fetch("http://localhost:11434/api/chat", post)).text().then((text) => text.length, (error) => String(error.code ?? error.message));
  const recording = recordingFetch({ fetch: fake.fetch });
  const all = async (fetch) => [await read(fetch).catch((error) => error.code), await read(fetch), await read(fetch)].join();
  const [first, took] = await clock.run(async () => [await all(recording), clock.elapsed]);
  const fixture = recording.fixture();
  same(fixture.exchanges.map(({ response, failure }) => failure?.code ?? response.ended).join(), "ECONNREFUSED,done,broken", "how they ended");
  const later = virtualClock();
  const replay = replayFetch(fixture, { timing: true, clock: later });
  same(await later.run(() => all(replay)), first, "the same again");
  truly(took >= 8000 && Math.abs(later.elapsed - took) < 100, `at the same pace: ${took} and ${later.elapsed} ms`);
  for (const none of [{ exchanges: [] }, undefined]) {
    let error;
    try {
      replayFetch(none);
    } catch (thrown) {
      error = thrown;
    }
    truly(error instanceof TypeError && /format/.test(error.message), String(error));
  }
}
