// A Cloudflare Worker between a page and the providers: it keeps the keys, lets in the pages named in ORIGINS and the
// paths named below, and streams through. In the page, without a key:
//
//   Aircher.create({ providers: { openai: { base_url: "https://my-proxy.example/openai", api_key: null } } })
//
//   npx wrangler secret put OPENAI_API_KEY          # and ANTHROPIC_API_KEY, GEMINI_API_KEY: those you use
//   npx wrangler deploy worker.js --name my-proxy --compatibility-date 2026-01-01 --var ORIGINS:"https://my.site"
//
// An origin keeps other sites' pages out, not programs, which may claim any: `mayAsk` is where your own sign-in belongs.
const PROVIDERS = {
  openai: { to: "https://api.openai.com/v1", paths: /^\/(chat\/completions|responses|models)$/, key: ({ OPENAI_API_KEY: key }) => key && ["authorization", `Bearer ${key}`] },
  claude: { to: "https://api.anthropic.com", paths: /^\/v1\/(messages|models)$/, key: ({ ANTHROPIC_API_KEY: key }) => key && ["x-api-key", key] },
  gemini: { to: "https://generativelanguage.googleapis.com/v1beta", paths: /^\/models(\/[\w.-]+:(streamG|g)enerateContent)?$/, key: ({ GEMINI_API_KEY: key }) => key && ["x-goog-api-key", key] },
};
const PASSED_ON = ["content-type", "anthropic-version", "anthropic-beta"];
const PASSED_BACK = ["content-type", "retry-after", "retry-after-ms", "request-id", "x-request-id", "x-should-retry"];

/** Who may ask: a session, a quota, a token of yours. */
const mayAsk = (request, env) => (env.ORIGINS ?? "").split(" ").includes(request.headers.get("origin"));

export default {
  async fetch(request, env) {
    if (!mayAsk(request, env)) return new Response("this origin is not let in", { status: 403 });
    const letIn = { "access-control-allow-origin": request.headers.get("origin"), vary: "origin", "access-control-expose-headers": PASSED_BACK.join(", ") };
    if (request.method === "OPTIONS") {
      const asked = request.headers.get("access-control-request-headers") ?? "";
      return new Response(null, { status: 204, headers: { ...letIn, "access-control-allow-methods": "GET, POST", "access-control-allow-headers": asked, "access-control-max-age": "7200" } });
    }
    const { pathname, search } = new URL(request.url);
    const [, id, path] = /^\/(\w+)(\/.*)$/.exec(pathname) ?? [];
    const provider = Object.hasOwn(PROVIDERS, id) ? PROVIDERS[id] : undefined;
    const key = provider?.paths.test(path) && provider.key(env);
    if (!key) return new Response("there is nothing here", { status: 404, headers: letIn });
    const { method, body, signal } = request;
    const headers = [key, ...picked(request.headers, PASSED_ON)];
    const answer = await fetch(provider.to + path + search, { method, headers, body, signal, redirect: "manual" });
    return new Response(answer.body, { status: answer.status, headers: [...Object.entries(letIn), ...picked(answer.headers, PASSED_BACK)] });
  },
};

const picked = (headers, names) => names.filter((name) => headers.has(name)).map((name) => [name, headers.get(name)]);
