// Single messages of a stream under other subjects of the same stream. Each is stored anew only where there is none
// yet, and removed only then: a repeat after a kill changes nothing, and newer ones are never overwritten.

import { headers, type MsgHdrs } from "@nats-io/transport-node";
import { directMessages, type Stored } from "../direct.ts";
import { call, callIfThere, isConflict, publish, type Requests, type StreamInfo } from "../jetstream-api.ts";

/** Everything whose subject begins with `before` has its place below `after`. */
export async function moveMessages(connection: Requests, stream: string, before: string, after: string): Promise<void> {
  if ((await callIfThere<StreamInfo>(connection, `STREAM.INFO.${stream}`)) === undefined) return;
  let last = 0;
  for await (const message of directMessages(connection, { stream, filter: `${before}>` })) {
    await storeOnce(connection, `${after}${message.subject.slice(before.length)}`, message, 0);
    last = message.sequence;
  }
  if (last > 0) await call(connection, `STREAM.PURGE.${stream}`, { filter: `${before}>`, seq: last + 1 });
}

/** False when something else is there already. `changed`: headers to be other than they were. */
export async function storeOnce(
  connection: Requests,
  subject: string,
  { body, headers: given }: Stored,
  expected: number,
  changed: Readonly<Record<string, string>> = {},
): Promise<boolean> {
  const all = lastingHeaders(given);
  for (const [name, value] of Object.entries(changed)) all.set(name, value);
  all.set("Nats-Expected-Last-Subject-Sequence", String(expected));
  try {
    await publish(connection, subject, body, all);
    return true;
  } catch (error) {
    if (isConflict(error)) return false;
    throw error;
  }
}

/** What the server wrote for the reader of a direct get, and what belonged to the first publish. */
const passing =
  /^nats-(stream|subject|sequence|time-stamp|num-pending|last-sequence|up-to-sequence|expected-.*|batch-.*|msg-id|scheduler|schedule-next)$/i;

function lastingHeaders(given: MsgHdrs): MsgHdrs {
  const kept = headers();
  for (const name of given.keys()) {
    if (passing.test(name)) continue;
    for (const value of given.values(name)) kept.append(name, value);
  }
  return kept;
}
