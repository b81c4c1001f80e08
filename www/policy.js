// Whom the page may talk to. What its policy keeps out fails like a server that is not there, so it is said here.

/** The sources of `connect-src`, as index.html has them; serve.mjs sends the same. */
const SOURCES = /connect-src ([^;]+)/.exec(document.querySelector('meta[http-equiv="content-security-policy"]').content)[1].split(" ");

/** Whether the policy lets requests to an address through. */
export function isLetThrough(address) {
  const url = new URL(address, location.href);
  return SOURCES.some((source) => matches(source, url));
}

/** What to do about an address that it does not; undefined where it does. */
export function remedy(address) {
  if (isLetThrough(address)) return undefined;
  const { origin } = new URL(address, location.href);
  return `this page's own policy does not let requests to ${origin} through: add ${origin} to connect-src in www/index.html, which www/serve.mjs sends too, and load the page again`;
}

/** As browsers match them: `http:` stands for https as well, `*.` for any name below, `:*` for any port. */
function matches(source, { origin, protocol, hostname, port }) {
  if (source === "'self'") return origin === location.origin;
  const [, scheme, host, at = ""] = /^(https?:)\/\/([^:/]+)(?::(.+))?$/.exec(source);
  const isNamed = host.startsWith("*.") ? hostname.endsWith(host.slice(1)) : hostname === host;
  return isNamed && (protocol === scheme || (scheme === "http:" && protocol === "https:")) && (at === "*" || at === port);
}
