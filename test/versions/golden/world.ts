// The small world whose wire data is golden: what runs in it, what lies before and behind it, and what must become of
// each message. It is the same when it is recorded and when it is read again.

import { createServer } from "node:http";
import { type LabIntegration, lines, type Message, ordered, rerouted } from "../../faults/integrations.ts";
import { type Receiver, startReceiver, type Taken } from "../../rig/receiver.ts";
import { settingOf, workspaceOf } from "../edition.ts";
import type { WireStream } from "./wire.ts";

export const flows: readonly LabIntegration[] = [lines, ordered, rerouted];

const poll = `integration: polled
source:
  poll:
    every: 1s
    http: { url: "\${ settings.items }/items", query: { after: "\${ cursor }" } }
    contract: { items: [{ id: string }], last: string }
    items: \${ page.items }
    cursor: { start: "0", next: "\${ page.last }" }
  message-id: \${ body.id }
targets:
  inbox:
    http: { url: "\${ settings.atpolled }/inbox", timeout: 30s }
    retry: { for: 24h, initial: 60ms, max: 400ms }
`;

export const polled = "polled";

export function texts(): Readonly<Record<string, string>> {
  const own = workspaceOf(flows, 0, { timeout: "30s" });
  const root = (own["vrsky.yaml"] ?? "")
    .replace("settings: { ", `settings: { items: string, ${settingOf(polled)}: string, `)
    .replace(
      "dev: { settings: { ",
      `dev: { settings: { items: "http://127.0.0.1:1", ${settingOf(polled)}: "http://127.0.0.1:1", `,
    );
  return { ...own, "vrsky.yaml": root, "tenants/acme/polled.yaml": poll };
}

/** One integration's part of what was recorded. */
export interface RecordedFlow {
  readonly sent: readonly Message[];
  readonly accepted: readonly string[];
  /** What the targets had taken by then. */
  readonly taken: readonly Taken[];
}

export interface Golden {
  /** The version that wrote it. */
  readonly version: string;
  readonly flows: Readonly<Record<string, RecordedFlow>>;
  /** Items that were polled, and how many there were by then. */
  readonly polled: { readonly items: number; readonly taken: readonly Taken[] };
  readonly streams: readonly WireStream[];
}

export interface World extends AsyncDisposable {
  readonly receivers: ReadonlyMap<string, Receiver>;
  /** Where each integration's targets are, as settings. */
  readonly settings: Readonly<Record<string, string>>;
  /** Items that the polled system has. */
  items: number;
  /** Cursors that were asked for. */
  readonly asked: string[];
}

/** `worker`: the first segment of what it asks. */
export async function openWorld(worker: string): Promise<World> {
  const receivers = new Map<string, Receiver>();
  for (const name of [...flows.map((flow) => flow.name), polled]) receivers.set(name, await startReceiver());
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "", "http://x");
    const after = Number(url.searchParams.get("after"));
    asked.push(String(after));
    const items = Array.from({ length: Math.max(0, world.items - after) }, (_, index) => ({
      id: `p${after + index + 1}`,
    }));
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ items, last: String(Math.max(after, world.items)) }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const at = [...receivers].map(
    ([name, receiver]) => [settingOf(name), `http://127.0.0.1:${receiver.port}/${worker}`] as const,
  );
  const world: World = {
    receivers,
    settings: { ...Object.fromEntries(at), items: `http://127.0.0.1:${port}` },
    items: 0,
    asked,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      for (const receiver of receivers.values()) await receiver[Symbol.asyncDispose]();
    },
  };
  return world;
}
