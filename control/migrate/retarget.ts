// Schedules that come along with a RETRY stream. Those of another name still fire under the old one: they are written
// anew, and what has fired meanwhile is brought to where its worker looks.

import { concurrently } from "../concurrently.ts";
import { directMessages } from "../direct.ts";
import { call, callIfThere, type Requests } from "../jetstream-api.ts";
import { storeOnce } from "./messages.ts";

const target = "Nats-Schedule-Target";

export async function retarget(connection: Requests, stream: string, before: string, after: string): Promise<void> {
  const [old, now] = [`rd.${before}.`, `rd.${after}.`];
  for await (const message of directMessages(connection, { stream, filter: `rs.${after}.>` })) {
    const goes = message.headers.get(target);
    if (!goes.startsWith(old)) continue;
    // One that fires right now is gone from its subject: then there is nothing to write anew.
    const changed = { [target]: `${now}${goes.slice(old.length)}`, "Nats-Rollup": "sub" };
    await storeOnce(connection, message.subject, message, message.sequence, changed);
  }
  for await (const message of directMessages(connection, { stream, filter: `${old}>` })) {
    await storeOnce(connection, `${now}${message.subject.slice(old.length)}`, message, 0);
    await callIfThere(connection, `STREAM.MSG.DELETE.${stream}`, { seq: message.sequence, no_erase: true });
  }
}

/**
 * What fired while it was copied is there in both forms, and would fire again. A schedule behind the due message is a
 * later attempt and stays.
 */
export async function forgetFired(connection: Requests, copy: string): Promise<void> {
  const fired: { readonly subject: string; readonly sequence: number }[] = [];
  for await (const { subject, sequence, headers } of directMessages(connection, { stream: copy, filter: "rd.>" })) {
    if (headers.has("Nats-Scheduler")) fired.push({ subject, sequence });
  }
  await concurrently(fired, 64, ({ subject, sequence }) =>
    call(connection, `STREAM.PURGE.${copy}`, { filter: subject.replace(/^rd\./, "rs."), seq: sequence }),
  );
}
