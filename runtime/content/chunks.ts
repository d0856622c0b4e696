// Chunks of one message, read page by page from where they lie, the next page while one is being used.

import { type Msg, nuid } from "@nats-io/nats-core";
import type { Clock } from "../../schema/connector.ts";
import { contentError } from "../../schema/content.ts";
import { pause } from "../clock.ts";
import type { Link } from "../link.ts";

export interface ChunkPlace {
  readonly stream: string;
  readonly subject: string;
  /** First and last sequence where they may lie. */
  readonly from: number;
  readonly upTo: number;
  readonly count: number;
}

interface Page {
  readonly chunks: readonly Uint8Array[];
  /** Of the last of them. */
  readonly sequence: number;
}

/** Chunks that one request brings: two pages are in memory at a time. */
const pageChunks = 4;
const waitMs = 10_000;

/** Throws a `contentError`: what is not there as a whole is missing. */
export async function* readChunks(
  link: Link,
  clock: Clock,
  place: ChunkPlace,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  let got = 0;
  let from = place.from;
  let coming = begin(link, clock, place, from, place.count);
  while (got < place.count) {
    signal.throwIfAborted();
    let page = (await coming)();
    for (const ms of page.chunks.length === 0 && isOneOfSeveral(link) ? patience : []) {
      await pause(clock, ms, signal);
      signal.throwIfAborted();
      page = (await begin(link, clock, place, from, place.count - got))();
      if (page.chunks.length > 0) break;
    }
    if (page.chunks.length === 0) throw missing(got, place.count);
    const left = place.count - got - page.chunks.length;
    from = page.sequence + 1;
    if (left > 0) coming = begin(link, clock, place, from, left);
    for (const chunk of page.chunks) {
      signal.throwIfAborted();
      yield chunk;
    }
    got += page.chunks.length;
  }
}

/** Any copy of a stream answers, one that is behind as well: so long, in milliseconds, it is given to catch up. */
const patience = [250, 1_000, 4_000];

const isOneOfSeveral = ({ connection }: Link): boolean => connection.info?.cluster !== undefined;

const missing = (got: number, count: number): Error =>
  contentError("missing", `its content is gone: ${got} of ${count} chunks are there`);

/** Begins to read; what goes wrong is told to whoever asks. */
function begin(
  link: Link,
  clock: Clock,
  { stream, subject, upTo }: ChunkPlace,
  from: number,
  left: number,
): Promise<() => Page> {
  const batch = Math.min(pageChunks, left);
  const query = JSON.stringify({ seq: from, next_by_subj: subject, batch });
  return readPage(link, clock, stream, query, { upTo, most: batch }).then(
    (page) => () => page,
    (error: unknown) => () => {
      throw error;
    },
  );
}

function readPage(
  link: Link,
  clock: Clock,
  stream: string,
  query: string,
  { upTo, most }: { readonly upTo: number; readonly most: number },
): Promise<Page> {
  return new Promise((resolve, reject) => {
    if (!link.connected()) return reject(unavailable("NATS is not connected"));
    const inbox = `${link.inboxPrefix}.${nuid.next()}`;
    const chunks: Uint8Array[] = [];
    let last = 0;
    const end = (failed?: string): void => {
      cancel();
      forget();
      subscription.unsubscribe();
      if (failed === undefined) resolve({ chunks, sequence: last });
      else reject(unavailable(failed));
    };
    const read = ({ headers, data }: Msg): void => {
      const code = headers?.code ?? 0;
      const sequence = Number(headers?.get("Nats-Sequence"));
      if (code === 204 || code === 404) end();
      else if (code !== 0 || !Number.isInteger(sequence)) end(headers?.description ?? "the stream cannot be read");
      else if (sequence <= upTo) {
        last = sequence;
        chunks.push(data);
        if (chunks.length === most) end();
      }
    };
    const subscription = link.connection.subscribe(inbox, {
      callback: (error, message) => (error === null ? read(message) : end(error.message)),
    });
    const cancel = clock.after(waitMs, () => end("NATS did not answer in time"));
    const forget = link.onReconnect(() => end("the connection to NATS was lost"));
    try {
      link.connection.publish(`$JS.API.DIRECT.GET.${stream}`, query, { reply: inbox });
    } catch {
      end("NATS is not connected");
    }
  });
}

const unavailable = (reason: string): Error => contentError("unavailable", `its content cannot be read now: ${reason}`);
