// A worker that dies at a point of the path of one message, and another one after it.

import type { NatsConnection } from "@nats-io/nats-core";
import type { CrashHook, CrashPoint } from "../../runtime/crash-point.ts";
import type { CodedBundle } from "../../schema/bundle.ts";
import { type FakeSystem, quiet, startLine } from "./line.ts";
import type { NatsRig } from "./nats.ts";

interface Death {
  readonly bundles: readonly CodedBundle[];
  readonly integration: string;
  readonly targets: readonly string[];
  readonly point: CrashPoint;
  readonly pass: number;
  readonly send: () => Promise<unknown>;
}

/** A worker dies at the point, if it comes there; another brings the message to its end. */
export async function throughDeath(nats: NatsRig, system: FakeSystem, death: Death): Promise<boolean> {
  const { bundles, integration, targets, point, pass, send } = death;
  const allQuiet = async (connection: NatsConnection): Promise<void> => {
    for (const target of targets) await quiet(connection, integration, target);
  };
  let passes = 0;
  let dead = false;
  let died: () => void = () => undefined;
  const over = new Promise<void>((resolve) => {
    died = resolve;
  });
  const crash: CrashHook = (reached) => {
    if (reached === point) passes += 1;
    if (!dead && (reached !== point || passes < pass)) return undefined;
    dead = true;
    died();
    return new Promise(() => undefined);
  };
  const first = await startLine(nats, system, { bundles, crash });
  const sent = send().then(() => allQuiet(first.connection));
  await Promise.race([over, sent.catch(() => undefined)]);
  await first.abandon();
  await using second = await startLine(nats, system, { bundles });
  // A sender that got no answer sends again.
  await send();
  await allQuiet(second.connection);
  return dead;
}
