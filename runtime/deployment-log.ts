// The deployment records of a tenant as its bucket holds them: read in pages by direct get, oldest first. Reading on
// from where one stopped costs one request, whatever the bucket holds.

import { errors, type Msg, type NatsConnection } from "@nats-io/nats-core";
import * as address from "../schema/address.ts";
import { reasonOf } from "./start-failure.ts";

/** What was written under the key of one integration. */
export interface Written {
  readonly integration: string;
  readonly sequence: number;
  /** Undefined: the key was removed. */
  readonly text: string | undefined;
}

export type Read =
  | { readonly kind: "read"; readonly written: readonly Written[] }
  /** There is no such bucket yet. */
  | { readonly kind: "absent" }
  | { readonly kind: "unavailable"; readonly reason: string };

const stream = address.bucketStream(address.deployBucket);
const prefix = `$KV.${address.deployBucket}.${address.deployKey("")}`;
const pageSize = 256;
const waitMs = 5_000;

/** All that was written at `from` or later. Never rejects. */
export async function readDeployed(connection: NatsConnection, from: number): Promise<Read> {
  const written: Written[] = [];
  for (let next = from; ; ) {
    const page = await readPage(connection, next).catch(noPage);
    if (page.kind !== "page") return page;
    written.push(...page.written);
    if (page.pending === 0) return { kind: "read", written };
    next = (page.written.at(-1)?.sequence ?? next) + 1;
  }
}

type Page =
  | { readonly kind: "page"; readonly written: readonly Written[]; readonly pending: number }
  | Exclude<Read, { readonly kind: "read" }>;

function noPage(error: unknown): Page {
  const cause = error instanceof errors.RequestError ? (error.cause ?? error) : error;
  if (cause instanceof errors.NoRespondersError) return { kind: "absent" };
  return { kind: "unavailable", reason: `the deployment records cannot be read: ${reasonOf(error)}` };
}

async function readPage(connection: NatsConnection, seq: number): Promise<Page> {
  const query = JSON.stringify({ seq, next_by_subj: `${prefix}>`, batch: pageSize });
  const answers = await connection.requestMany(`$JS.API.DIRECT.GET.${stream}`, query, {
    strategy: "sentinel",
    maxWait: waitMs,
  });
  const written: Written[] = [];
  let pending = 0;
  let ended = false;
  for await (const answer of answers) {
    if (answer.headers?.code === 503) return { kind: "absent" };
    const message = writtenIn(answer);
    // A removed key has no text, as the end of a page has none: then the next page goes on behind it.
    ended = answer.data.length === 0;
    if (message === undefined) continue;
    written.push(message);
    pending = Number(answer.headers?.get("Nats-Num-Pending"));
  }
  if (!ended) return { kind: "unavailable", reason: "the deployment records could not be read in time" };
  return { kind: "page", written, pending };
}

function writtenIn({ headers, data }: Msg): Written | undefined {
  const subject = headers?.get("Nats-Subject") ?? "";
  if (headers === undefined || !subject.startsWith(prefix)) return undefined;
  return {
    integration: subject.slice(prefix.length),
    sequence: Number(headers.get("Nats-Sequence")),
    text: headers.has("KV-Operation") ? undefined : Buffer.from(data).toString("utf8"),
  };
}
