// The last messages of many subjects in one request: a direct get that the server answers with one message for each
// subject that has any.

import { type Msg, type MsgHdrs, nuid } from "@nats-io/nats-core";
import type { Clock } from "../schema/connector.ts";
import type { Link } from "./link.ts";
import type { Stored } from "./stream-api.ts";

export type Last = Extract<Stored, { kind: "found" }> & { readonly headers: MsgHdrs };

type Page = { readonly next?: number } | undefined;

const waitMs = 2_000;
/** Bodies come along; so many bytes of them at once. */
const pageBytes = 4 * 1024 * 1024;

/** Of a 404 that means that there is none. */
const noResults = "No Results";

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
    const page: Page = await readPage(link, clock, stream, JSON.stringify(query), found);
    if (page === undefined) return undefined;
    next = page.next;
  }
  return found;
}

function readPage(link: Link, clock: Clock, stream: string, query: string, found: Map<string, Last>): Promise<Page> {
  if (!link.connected()) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    const inbox = `${link.inboxPrefix}.${nuid.next()}`;
    /** They come in the order of their sequences. */
    let highest = 0;
    const end = (page: Page): void => {
      cancel();
      forget();
      subscription.unsubscribe();
      resolve(page);
    };
    const read = ({ headers, data }: Msg): void => {
      const code = headers?.code ?? 0;
      const sequence = Number(headers?.get("Nats-Sequence"));
      // "Message Not Found": one that was found could not be read any more, and the others are not told.
      if (code === 404) end(headers?.description === noResults && highest === 0 ? {} : undefined);
      else if (code === 204) end(Number(headers?.get("Nats-Num-Pending")) > 0 ? { next: highest + 1 } : {});
      else if (code !== 0 || headers === undefined || !Number.isInteger(sequence)) end(undefined);
      else {
        highest = sequence;
        found.set(headers.get("Nats-Subject"), { kind: "found", sequence, headers, data });
      }
    };
    const subscription = link.connection.subscribe(inbox, {
      callback: (error, message) => (error === null ? read(message) : end(undefined)),
    });
    const cancel = clock.after(waitMs, () => end(undefined));
    // Whoever comes back does not answer what was asked before.
    const forget = link.onReconnect(() => end(undefined));
    try {
      link.connection.publish(`$JS.API.DIRECT.GET.${stream}`, query, { reply: inbox });
    } catch {
      end(undefined);
    }
  });
}
