// The proxy that apt uses for a mirror, asked of apt itself: its configuration has nested blocks, includes and an
// order of files that only it reads rightly.

import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** A proxy's URL, "DIRECT" for none at all, undefined when apt leaves it to the environment's variables. */
export type AptProxy = string | undefined;

type Environment = Readonly<Record<string, string | undefined>>;

/** `apt-config dump`, or nothing where it does not exist. */
export async function aptConfig(env: Environment, timeoutMs: number): Promise<string> {
  const dump = promisify(execFile)("apt-config", ["dump", "Acquire"], {
    env: { ...process.env, ...env },
    timeout: timeoutMs,
    killSignal: "SIGKILL",
  });
  return dump.then(
    ({ stdout }) => stdout,
    () => "",
  );
}

/** As apt chooses: the host's own setting before the scheme's; https falls back to http. */
export function proxyFor(config: string, mirror: string): AptProxy {
  const { hostname, protocol } = new URL(mirror);
  const scheme = protocol.slice(0, -1);
  const keys = [scheme, "http"].flatMap((of) => [`acquire::${of}::proxy::${hostname}`, `acquire::${of}::proxy`]);
  const settings = new Map(
    [...config.matchAll(/^(\S+) "(.*)";$/gm)].map(([, key = "", value = ""]) => [key.toLowerCase(), value]),
  );
  const value = keys.map((key) => settings.get(key)).find((setting) => setting !== undefined && setting !== "");
  if (value === undefined || /^direct$/i.test(value)) return value?.toUpperCase();
  return /^https?:\/\//.test(value) ? value : undefined;
}
