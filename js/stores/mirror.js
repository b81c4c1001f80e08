// A second copy of the ledger's totals, in the origin's private files (OPFS): browsers have lost whole IndexedDB
// databases in crashes, and these lie elsewhere. localStorage would not do: it is empty after a kill.
//
// Two files take turns. Each is `<checksum> <JSON>`, so that one torn by a crash is noticed and the other one counts.

/** The totals of today and this month by provider, tag and model are far fewer; what is older may go. */
const KEPT = 128;

/** How long to wait for another tab; one that is frozen may hold the lock for hours. */
const LOCK_MS = 5000;

/** The mirror of one database; both methods reject where there are no such files. */
export function openMirror(name) {
  const slots = [0, 1].map((slot) => `${encodeURIComponent(name)}.${slot}`);
  return {
    /** What was written last: `{ seq, meta, buckets: { key: document } }`, or undefined. */
    read: () => newest(slots),
    /** Merges what `find` finds under `keys` into the copy; `meta` is among them. */
    async merge(keys, find) {
      await navigator.locks.request(`aircher:mirror:${name}`, { signal: AbortSignal.timeout(LOCK_MS) }, async () => {
        const last = await newest(slots);
        // Read under the lock, so that a slower tab cannot put an older total over a newer one.
        const next = merged(last, keys, await find(["meta", ...keys]));
        if (next) await write(slots[next.seq % 2], next);
      });
    },
  };
}

function merged(last, keys, { meta, ...docs }) {
  if (!meta) return undefined;
  const buckets = last && epoch(last.meta) === epoch(meta) ? last.buckets : {};
  for (const key of keys) {
    delete buckets[key]; // what changed last stands last
    if (docs[key]) buckets[key] = docs[key];
  }
  return { seq: (last?.seq ?? 0) + 1, meta, buckets: Object.fromEntries(Object.entries(buckets).slice(-KEPT)) };
}

const epoch = (meta) => JSON.parse(meta).epoch;

async function newest(slots) {
  const [a, b] = await Promise.all(slots.map(read));
  return a && b ? (a.seq > b.seq ? a : b) : a || b;
}

async function read(slot) {
  try {
    const text = await (await (await file(slot)).getFile()).text();
    const json = text.slice(text.indexOf(" ") + 1);
    return text === sealed(json) ? JSON.parse(json) : undefined;
  } catch (error) {
    if (error.name === "NotFoundError") return undefined;
    throw error;
  }
}

async function write(slot, copy) {
  const text = sealed(JSON.stringify(copy));
  const handle = await file(slot, { create: true });
  if (!handle.createSyncAccessHandle) {
    const stream = await handle.createWritable();
    await stream.write(text);
    return stream.close();
  }
  const access = await handle.createSyncAccessHandle(); // dedicated workers
  access.truncate(0);
  access.write(new TextEncoder().encode(text), { at: 0 });
  access.flush();
  access.close();
}

async function file(slot, options) {
  return (await navigator.storage.getDirectory()).getFileHandle(slot, options);
}

/** FNV-1a: torn is what it has to notice, not forged. */
function sealed(json) {
  let sum = 0x811c9dc5;
  for (let at = 0; at < json.length; at += 1) sum = Math.imul(sum ^ json.charCodeAt(at), 0x01000193);
  return `${sum >>> 0} ${json}`;
}
