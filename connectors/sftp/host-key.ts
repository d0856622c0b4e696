// Whether the server is the one that is meant. Without a `fingerprint` nobody can know; then the first key that is seen
// is believed, said aloud, and held on to for as long as the worker runs.

import { createHash } from "node:crypto";
import type { Log } from "../../schema/connector.ts";
import type { SftpSettings } from "./settings.ts";

export interface HostKeys {
  /** Why the server with this key is not spoken to, or undefined when it is. */
  refusal(key: Uint8Array): string | undefined;
}

/** `believed`: keys that were seen first, by server; shared by all that the worker connects to. */
export function hostKeys(
  { host, port, fingerprints }: Pick<SftpSettings, "host" | "port" | "fingerprints">,
  believed: Map<string, string>,
  log: Log,
): HostKeys {
  const server = `${host}:${port}`;
  return {
    refusal: (key) => {
      const shown = `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;
      const what = `the server's key (${kindOf(key)}) is ${shown}`;
      if (fingerprints.includes(shown)) return undefined;
      if (fingerprints.length > 0)
        return `${what}, and \`fingerprint\` says another: either the server was given a new key, or it is not the server`;
      const before = believed.get(server);
      if (before === undefined) {
        believed.set(server, shown);
        log.warn({ fingerprint: shown }, `${what}, and nothing says that it should be: add \`fingerprint: ${shown}\``);
      }
      if (before === undefined || before === shown) return undefined;
      return `${what}, and was another before: give its \`fingerprint\` if that is right`;
    },
  };
}

/** `ssh-ed25519`: the key's own name of its kind, which it begins with. */
function kindOf(key: Uint8Array): string {
  const length = key.length < 4 ? 0 : Buffer.from(key).readUInt32BE();
  const kind = Buffer.from(key.subarray(4, 4 + Math.min(length, 64))).toString("latin1");
  return /^[a-z0-9@.-]+$/.test(kind) ? kind : "of an unknown kind";
}
