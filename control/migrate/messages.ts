// Single messages of a stream under other subjects of the same stream. Each is stored anew only where there is none
// yet, and removed only then: a repeat after a kill changes nothing, and newer ones are never overwritten.

import { headers, type MsgHdrs, nuid } from "@nats-io/transport-node";
import { contentFaultOf } from "../../schema/content.ts";
import { natsHeaders } from "../../schema/nats-headers.ts";
import { type ChunkPlace, chunkBytesOf, referenceIn } from "../content.ts";
import { directMessages, type Stored } from "../direct.ts";
import {
  call,
  callIfThere,
  isConflict,
  publish,
  publishPart,
  type Requests,
  type StreamInfo,
} from "../jetstream-api.ts";

/** Beginnings of subjects. */
interface Renamed {
  readonly before: string;
  readonly after: string;
}

/** Everything whose subject begins with `before` has its place below `after`; `chunks`: of what lies beside it. */
export async function moveMessages(
  connection: Requests,
  stream: string,
  { before, after }: Renamed,
  chunks?: Renamed,
): Promise<void> {
  if ((await callIfThere<StreamInfo>(connection, `STREAM.INFO.${stream}`)) === undefined) return;
  let last = 0;
  for await (const message of directMessages(connection, { stream, filter: `${before}>` })) {
    const rest = message.subject.slice(before.length);
    const reference = referenceIn(message.headers);
    if (chunks !== undefined && reference?.at === "chunks" && reference.count > 0) {
      const place = { stream, subject: `${chunks.before}${rest}`, head: message.sequence, reference };
      await storeWithChunks(connection, `${after}${rest}`, message, place, `${chunks.after}${rest}`);
    } else await storeOnce(connection, `${after}${rest}`, message, 0);
    last = message.sequence;
  }
  if (last > 0 && chunks !== undefined) {
    await call(connection, `STREAM.PURGE.${stream}`, { filter: `${chunks.before}>`, seq: last + 1 });
  }
  if (last > 0) await call(connection, `STREAM.PURGE.${stream}`, { filter: `${before}>`, seq: last + 1 });
}

/** Right before it, in one batch with it; those that are gone were moved before, or nobody has them any more. */
async function storeWithChunks(
  connection: Requests,
  subject: string,
  message: Stored,
  from: ChunkPlace,
  to: string,
): Promise<void> {
  const id = nuid.next();
  let number = 0;
  const numbered = (): Readonly<Record<string, string>> => {
    number += 1;
    return { "Nats-Batch-Id": id, "Nats-Batch-Sequence": String(number) };
  };
  try {
    for await (const chunk of chunkBytesOf(connection, from)) {
      await publishPart(connection, to, chunk, natsHeaders(numbered()));
    }
  } catch (error) {
    if (contentFaultOf(error) !== "missing") throw error;
    await storeOnce(connection, subject, message, 0);
    return;
  }
  await storeOnce(connection, subject, message, 0, { ...numbered(), "Nats-Batch-Commit": "1" });
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
