// A direct get that the server answers with many messages: they come one by one to an inbox of their own, and an empty
// one behind them says whether there are more.

import { type Msg, type MsgHdrs, nuid } from "@nats-io/nats-core";
import type { Clock } from "../schema/connector.ts";
import type { JsonObject } from "../schema/json.ts";
import type { Link } from "./link.ts";

export interface DirectMessage {
  readonly subject: string;
  readonly sequence: number;
  readonly headers: MsgHdrs;
  readonly data: Uint8Array;
}

/** `next`: there are more from this sequence on. Undefined: the stream cannot be read now. */
export type Page = { readonly next?: number } | undefined;

/** For the next message of a page. */
const waitMs = 2_000;

/** Of a 404 that means that no subject has any. */
const noResults = "No Results";

/** `query` has a `batch`. The messages come in the order of their sequences, before the promise resolves. */
export function readPage(
  link: Link,
  clock: Clock,
  stream: string,
  query: JsonObject,
  take: (message: DirectMessage) => void,
): Promise<Page> {
  if (!link.connected()) return Promise.resolve(undefined);
  const oneByOne = query.next_by_subj !== undefined;
  return new Promise((resolve) => {
    const inbox = `${link.inboxPrefix}.${nuid.next()}`;
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
      // "Message Not Found" of many subjects: one that was found could not be read any more, the others are not told.
      const none = highest === 0 && (oneByOne || headers?.description === noResults);
      if (code === 404) end(none ? {} : undefined);
      else if (code === 204) end(Number(headers?.get("Nats-Num-Pending")) > 0 ? { next: highest + 1 } : {});
      else if (code !== 0 || headers === undefined || !Number.isInteger(sequence)) end(undefined);
      else {
        highest = sequence;
        take({ subject: headers.get("Nats-Subject"), sequence, headers, data });
        cancel();
        cancel = clock.after(waitMs, () => end(undefined));
      }
    };
    const subscription = link.connection.subscribe(inbox, {
      callback: (error, message) => (error === null ? read(message) : end(undefined)),
    });
    let cancel = clock.after(waitMs, () => end(undefined));
    // Whoever comes back does not answer what was asked before.
    const forget = link.onReconnect(() => end(undefined));
    try {
      link.connection.publish(`$JS.API.DIRECT.GET.${stream}`, JSON.stringify(query), { reply: inbox });
    } catch {
      end(undefined);
    }
  });
}
