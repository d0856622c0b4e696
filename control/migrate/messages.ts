// Single messages of a stream under other subjects of the same stream. Each is stored anew only where there is none
// yet, and removed only then: a repeat after a kill changes nothing, and newer ones are never overwritten.

import { headers, type MsgHdrs } from "@nats-io/transport-node";
import * as address from "../../schema/address.ts";
import { contentFaultOf } from "../../schema/content.ts";
import { type ChunkPlace, chunkBytesOf, referenceIn } from "../content.ts";
import { directMessages, type Stored } from "../direct.ts";
import {
  call,
  callIfThere,
  isConflict,
  type Publishes,
  publish,
  publishBatch,
  type Requests,
  type StreamInfo,
} from "../jetstream-api.ts";

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

/** Dead letters of an integration, each with the chunks right before it. */
export async function moveLetters(connection: Publishes, before: string, after: string): Promise<void> {
  const stream = address.deadStream;
  if ((await callIfThere<StreamInfo>(connection, `STREAM.INFO.${stream}`)) === undefined) return;
  let last = 0;
  for await (const message of directMessages(connection, { stream, filter: `dlq.${before}.>` })) {
    const [, , target = "", hash = ""] = message.subject.split(".");
    const subject = address.deadSubject(after, target, hash);
    const reference = referenceIn(message.headers);
    const place = { stream, subject: address.deadChunks(before, target, hash), head: message.sequence };
    const chunks = reference?.at === "chunks" && reference.count > 0 ? { ...place, reference } : undefined;
    const whole = chunks !== undefined && (await storeWhole(connection, subject, message, chunks));
    if (!whole) await storeOnce(connection, subject, message, 0);
    last = message.sequence;
  }
  if (last === 0) return;
  for (const first of ["dlqc", "dlq"]) {
    await call(connection, `STREAM.PURGE.${stream}`, { filter: `${first}.${before}.>`, seq: last + 1 });
  }
}

/** False when not all of its chunks are there: it goes without them, as it is without them. */
async function storeWhole(
  connection: Publishes,
  subject: string,
  { body, headers: given }: Stored,
  place: ChunkPlace,
): Promise<boolean> {
  const { count, size } = place.reference.at === "chunks" ? place.reference : { count: 0, size: 0 };
  const kept = lastingHeaders(given);
  const own = Object.fromEntries(kept.keys().map((name) => [name, kept.get(name)]));
  const [, integration = "", target = "", hash = ""] = subject.split(".");
  const chunks = {
    subject: address.deadChunks(integration, target, hash),
    headers: {},
    count,
    bytes: size,
    read: () => chunkBytesOf(connection, place),
  };
  try {
    const headers = { ...own, "Nats-Expected-Last-Subject-Sequence": "0" };
    await publishBatch(connection, [{ subject, body, headers, chunks }]);
    return true;
  } catch (error) {
    if (isConflict(error)) return true;
    if (contentFaultOf(error) !== "missing") throw error;
    return false;
  }
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
