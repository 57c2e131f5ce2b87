// The editor's requests: files of the box, by the server.

/** What the server refuses, with its reason as a word for programs and a sentence for people. */
export class Refused extends Error {
  constructor(why, words) {
    super(words);
    this.why = why;
  }
}

export class Server {
  constructor(attempt) {
    this.base = `/attempts/${attempt}`;
  }

  address(what, { path, host, root, download }) {
    const query = new URLSearchParams({ path });
    if (host) query.set("host", host);
    if (root) query.set("root", "true");
    if (download) query.set("download", "true");
    return `${this.base}/${what}?${query}`;
  }

  async list(file) {
    const answer = await ask(this.address("files", file));
    return answer.json();
  }

  /** The bytes of a file, their version, and whether one may write it. */
  async read(file) {
    const answer = await ask(this.address("file", file));
    const version = answer.headers.get("etag")?.replaceAll('"', "") ?? null;
    return { bytes: new Uint8Array(await answer.arrayBuffer()), version, writable: answer.headers.get("x-writable") === "yes" };
  }

  /** Writes a file. `replaces`: the version that is replaced, `null` for none, `undefined` for whatever is there. */
  async write(file, body, replaces) {
    const headers = { "content-type": "application/octet-stream" };
    if (replaces === null) headers["if-none-match"] = "*";
    else if (replaces !== undefined) headers["if-match"] = `"${replaces}"`;
    const answer = await ask(this.address("file", file), { method: "POST", headers, body });
    return (await answer.json()).version;
  }
}

async function ask(address, options) {
  let answer;
  try {
    answer = await fetch(address, options);
  } catch {
    throw new Refused("offline", "The server can't be reached right now. Your text is kept here; try again in a moment.");
  }
  // Whoever is signed out is sent to sign in, which is a page.
  if (answer.redirected) throw new Refused("signed_out", "You have been signed out. Reload the page to sign in; your text is kept.");
  if (answer.ok) return answer;
  const said = await answer.json().catch(() => null);
  if (answer.status === 413 && !said) throw new Refused("too_large", "The file is too large: at most 16 MiB are possible here.");
  throw new Refused(said?.why ?? "broken", said?.words ?? "Something went wrong on our side. Try again.");
}
