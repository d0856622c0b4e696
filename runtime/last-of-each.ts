// The last messages of many subjects in one request: a direct get that the server answers with one message for each
// subject that has any.

import type { MsgHdrs } from "@nats-io/nats-core";
import type { Clock } from "../schema/connector.ts";
import { type Page, readPage } from "./direct-page.ts";
import type { Link } from "./link.ts";
import type { Stored } from "./stream-api.ts";

export type Last = Extract<Stored, { kind: "found" }> & { readonly headers: MsgHdrs };

/** Bodies come along; so many bytes of them at once. */
const pageBytes = 4 * 1024 * 1024;

/** By subject; subjects without a message are left out. Undefined when the stream cannot be read now. */
export async function lastOfEach(
  link: Link,
  clock: Clock,
  stream: string,
  subjects: readonly string[],
): Promise<ReadonlyMap<string, Last> | undefined> {
  const found = new Map<string, Last>();
  for (let next: number | undefined = 1; next !== undefined; ) {
    const query = { multi_last: subjects, seq: next, batch: subjects.length, max_bytes: pageBytes };
    const page: Page = await readPage(link, clock, stream, query, ({ subject, ...message }) => {
      found.set(subject, { kind: "found", ...message });
    });
    if (page === undefined) return undefined;
    next = page.next;
  }
  return found;
}
