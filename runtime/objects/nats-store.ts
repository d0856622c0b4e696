// Large contents in the format of NATS's own object store (ADR-20), so that any client of it reads them: chunks under a
// number of their own, and one message that names them, written last. Least privilege stays small: published and read
// by direct gets, without a consumer. What was begun and never named is listed for the sweep under a name with a `~`.

import { createHash } from "node:crypto";
import { nuid } from "@nats-io/nats-core";
import * as address from "../../schema/address.ts";
import { chunkBytes, contentError, type ObjectStore } from "../../schema/content.ts";
import { isJsonObject } from "../../schema/json.ts";
import type { Context } from "../context.ts";
import { type DirectMessage, readPage } from "../direct-page.ts";
import { parseJson } from "../parse-json.ts";
import { expectSequence, publish, untilAnswered } from "../publish.ts";
import { ask, isMoving, query } from "../stream-api.ts";
import { inChunks } from "./in-chunks.ts";
import { throughWindow } from "./window.ts";

/** Where NATS is, and how large a message it takes. */
export type NatsAround = Pick<Context, "link" | "clock" | "integration">;

/** Chunks under way at once, and read at once: memory stays at a few of them. */
const ahead = 4;

/** What the headers and the subject of a chunk need beside its bytes. */
const besideChunk = 4 * 1024;

export function natsObjects({ link, clock, integration }: NatsAround): ObjectStore {
  const { requests } = link;
  const stream = address.objectStream(integration);
  const chunksOf = (number: string): string => address.objectChunks(integration, number);
  const metaOf = (name: string): string => address.objectMeta(integration, name);

  const purge = async (subject: string): Promise<void> => {
    const done = await ask(requests, `$JS.API.STREAM.PURGE.${stream}`, { filter: subject });
    if (done?.success !== true) throw unavailable("NATS did not remove it");
  };
  const chunk = async (subject: string, data: Uint8Array): Promise<void> => {
    const published = await publish(requests, { subject, data, headers: {} });
    if (published.kind === "stored") return;
    throw published.kind === "conflict" ? unavailable("NATS refused a part of it") : refused(published);
  };
  const put: ObjectStore["put"] = async (name, bytes, signal) => {
    const number = nuid.next();
    const subject = chunksOf(number);
    const largest = Math.min(chunkBytes, link.largest() - besideChunk);
    const hash = createHash("sha256");
    let size = 0;
    let chunks = 0;
    try {
      await throughWindow(inChunks(bytes, largest), ahead, signal, (data) => {
        hash.update(data);
        size += data.length;
        chunks += 1;
        return chunk(subject, data);
      });
      const digest = `SHA-256=${padded(hash.digest("base64url"))}`;
      const record = { name, bucket: integration, nuid: number, size, chunks, digest };
      const data = JSON.stringify({ ...record, options: { max_chunk_size: largest } });
      // A name is used once; the roll-up is what others rely on.
      const headers = { "Nats-Rollup": "sub", ...expectSequence(0) };
      const published = await untilAnswered(() => publish(requests, { subject: metaOf(name), data, headers }));
      if (published.kind === "unavailable") throw refused(published);
      // Ours, whose answer was lost, or another's.
      const taken = published.kind === "conflict" && (await described(name))?.number !== number;
      if (taken) throw unavailable("the name is taken");
    } catch (error) {
      // What stays all the same is found by the sweep.
      if (chunks > 0) await purge(subject).catch(() => undefined);
      throw error;
    }
  };

  const metaData = async (name: string): Promise<Uint8Array | undefined> => {
    const stored = await query(requests, stream, { last_by_subj: metaOf(name) });
    if (stored.kind === "unavailable") throw unavailable(stored.reason);
    return stored.kind === "none" ? undefined : stored.data;
  };
  const described = async (name: string): Promise<Described | undefined> => {
    const data = await metaData(name);
    return data && describedBy(data);
  };
  /**
   * That messages of the subject are not there is known only when the stream's leader says so, and while nothing is being
   * moved: whoever answers a direct get may be behind.
   */
  const isGone = async (subject: string, count: number): Promise<boolean> => {
    const info = await ask(requests, `$JS.API.STREAM.INFO.${stream}`, { subjects_filter: subject });
    if (info === undefined || !isJsonObject(info.config) || isMoving(info.config)) return false;
    const subjects = isJsonObject(info.state) && isJsonObject(info.state.subjects) ? info.state.subjects : {};
    return Number(subjects[subject] ?? 0) < count;
  };
  const notWhole = async (subject: string, count: number, reason: string): Promise<Error> =>
    (await isGone(subject, count)) ? contentError("missing", reason) : unavailable("NATS does not give all of it now");
  async function* read(name: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const data = await metaData(name);
    const gone = `the object ${name} is gone`;
    if (data === undefined) throw await notWhole(metaOf(name), 1, gone);
    const there = describedBy(data);
    if (there === undefined) throw contentError("missing", gone);
    const hash = createHash("sha256");
    let size = 0;
    let chunks = 0;
    for (let next: number | undefined = 1; next !== undefined && chunks < there.chunks; ) {
      signal.throwIfAborted();
      const held: DirectMessage[] = [];
      const asked = { seq: next, next_by_subj: chunksOf(there.number), batch: ahead, max_bytes: ahead * chunkBytes };
      const page = await readPage(link, clock, stream, asked, (message) => held.push(message));
      if (page === undefined && held.length === 0) throw unavailable("NATS does not give it");
      for (const { data } of held) {
        signal.throwIfAborted();
        hash.update(data);
        size += data.length;
        chunks += 1;
        yield data;
      }
      const last = held.at(-1);
      // A page that broke off is asked for again from where it stood.
      next = page === undefined && last !== undefined ? last.sequence + 1 : page?.next;
    }
    const whole = size === there.size && chunks === there.chunks;
    if (whole && `SHA-256=${padded(hash.digest("base64url"))}` === there.digest) return;
    const reason = `the object ${name} is not whole any more`;
    if (chunks < there.chunks) throw await notWhole(chunksOf(there.number), there.chunks, reason);
    throw contentError("missing", reason);
  }

  async function* each(filter: string): AsyncGenerator<DirectMessage> {
    for (let next: number | undefined = 1; next !== undefined; ) {
      const held: DirectMessage[] = [];
      const asked = { seq: next, next_by_subj: filter, batch: 256, max_bytes: ahead * chunkBytes };
      const page = await readPage(link, clock, stream, asked, (message) => held.push(message));
      if (page === undefined) throw unavailable("NATS does not list it");
      yield* held;
      next = page.next;
    }
  }
  /** Before the names: what is named meanwhile has one then. */
  const begun = async (): Promise<ReadonlySet<string>> => {
    const found = new Set<string>();
    for (let offset = 0; ; ) {
      const asked = { subjects_filter: chunksOf("*"), offset };
      const info = await ask(requests, `$JS.API.STREAM.INFO.${stream}`, asked);
      const subjects = isJsonObject(info?.state) ? info.state.subjects : undefined;
      if (info === undefined) throw unavailable("NATS does not list it");
      if (isJsonObject(info.config) && isMoving(info.config)) throw unavailable("it is being moved");
      const page = isJsonObject(subjects) ? Object.keys(subjects) : [];
      for (const subject of page) found.add(subject.slice(subject.lastIndexOf(".") + 1));
      offset += page.length;
      if (page.length === 0 || offset >= Number(info.total ?? 0)) return found;
    }
  };
  async function* list(signal: AbortSignal): AsyncGenerator<Listed> {
    const unnamed = new Set(await begun());
    for await (const { data, headers } of each(metaOf("*"))) {
      signal.throwIfAborted();
      const there = describedBy(data);
      if (there === undefined) continue;
      unnamed.delete(there.number);
      yield { name: there.name, size: there.size, storedAt: Date.parse(headers.get("Nats-Time-Stamp")) };
    }
    for (const number of unnamed) {
      signal.throwIfAborted();
      const last = await query(requests, stream, { last_by_subj: chunksOf(number) });
      if (last.kind !== "found") continue;
      const storedAt = Date.parse(last.headers?.get("Nats-Time-Stamp") ?? "");
      yield { name: `${unfinished}${number}`, size: last.data.length, storedAt };
    }
  }

  return {
    put,
    read,
    list,
    remove: async (name) => {
      if (name.startsWith(unfinished)) return await purge(chunksOf(name.slice(unfinished.length)));
      const there = await described(name);
      if (there === undefined) return;
      // Without its name it is not read any more; what a crash leaves here is found as unfinished.
      await purge(metaOf(name));
      await purge(chunksOf(there.number));
    },
  };
}

type Listed = { readonly name: string; readonly storedAt: number; readonly size: number };

const unfinished = "~";

interface Described {
  readonly name: string;
  readonly number: string;
  readonly size: number;
  readonly chunks: number;
  readonly digest: string;
}

/** Undefined: it was deleted, or is nothing of ours. */
function describedBy(data: Uint8Array): Described | undefined {
  const record = parseJson(Buffer.from(data).toString("utf8"));
  if (!isJsonObject(record) || record.deleted === true) return undefined;
  const { name, nuid: number, size, chunks, digest } = record;
  if (typeof name !== "string" || typeof number !== "string" || typeof digest !== "string") return undefined;
  return { name, number, size: Number(size), chunks: Number(chunks), digest };
}

const unavailable = (reason: string): Error => contentError("unavailable", `the object store: ${reason}`);

/** No room: of the bucket, the account, the machine. */
const noRoom: Readonly<Record<number, string>> = {
  10002: "the tenant's storage quota is used up",
  10023: "the NATS server has no room left",
  10047: "the NATS server has no storage left",
  10077: "it is full (NATS: maximum bytes exceeded)",
  10122: "it is full (NATS: maximum bytes exceeded)",
};

function refused({ reason, code }: { readonly reason: string; readonly code?: number }): Error {
  const full = code === undefined ? undefined : noRoom[code];
  return full === undefined ? unavailable(reason) : contentError("full", `the object store: ${full}`);
}

/** As the format has it, in full quartets. */
const padded = (text: string): string => text.padEnd(Math.ceil(text.length / 4) * 4, "=");
