// What workers of the command line need before they start: a server with the compiled rights, and a compiled folder.

import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type EmbeddedServer, startNatsServer } from "../../control/nats-server/embed.ts";
import { findServer } from "../../control/nats-server/find.ts";
import type { Topology } from "../../schema/topology.ts";

export async function serverOf(topology: Topology, dir: string): Promise<EmbeddedServer> {
  const found = await findServer({ say: (line) => process.stderr.write(`${line}\n`) });
  if (!found.ok) throw new Error(`${found.message}; ${found.help}`);
  const users = topology.tenants[0]?.users ?? [];
  const permissions = Object.fromEntries(users.map((user) => [user.name, user.permissions]));
  return startNatsServer({ binary: found.server.path, dir, accounts: { acme: { users: permissions } } });
}

export async function writeAll(folder: string, files: Iterable<readonly [path: string, text: string]>): Promise<void> {
  for (const [path, text] of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

/** Each worker is known to the targets by the settings of its own. */
export async function ownFolder(
  from: string,
  folder: string,
  settings: Readonly<Record<string, string>>,
): Promise<void> {
  await cp(from, folder, { recursive: true });
  const file = join(folder, "manifest.json");
  const manifest = JSON.parse(await readFile(file, "utf8"));
  await writeFile(file, JSON.stringify({ ...manifest, contexts: { dev: { ...manifest.contexts.dev, settings } } }));
}
