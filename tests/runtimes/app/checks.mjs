// What the checks that run inside the runtimes share.

export async function control(url, path, method = "GET") {
  return (await fetch(`${url}/_standin/${path}`, { method })).json();
}

export function truly(value, what) {
  if (!value) throw new Error(`not so: ${what}`);
}

export function same(a, b, what) {
  if (a !== b) throw new Error(`${what} differ: ${JSON.stringify(a)} and ${JSON.stringify(b)}`);
}
