// What went through, run again: read in the order in which it came, looked at, and sent on in groups that a rate paces.
// Nothing but the run's own record says how far it is.

import type { NatsConnection } from "@nats-io/transport-node";
import { placeInIntake } from "../../runtime/order-key.ts";
import { parseJson } from "../../runtime/parse-json.ts";
import type { Program } from "../../runtime/program.ts";
import { reasonOf } from "../../runtime/start-failure.ts";
import * as address from "../../schema/address.ts";
import { contentFaultOf } from "../../schema/content.ts";
import type { Json } from "../../schema/json.ts";
import { bodyOf, chunksBeside, hasChunks } from "../archive/content.ts";
import { type Kept, type KeptMessage, keptMessages } from "../archive/read.ts";
import type { Runner } from "../letters/deployed.ts";
import type { PaceClock } from "../letters/paced.ts";
import { type Again, again, isReplayed } from "./message.ts";
import type { KnownRun, Run } from "./run.ts";
import { enqueue, note, type Placed, park, type Sending, type Sent } from "./send.ts";

/** Whether it is meant, by its body, parsed; a reason where that cannot be told. */
export type Where = (message: KeptMessage, body: Json) => boolean | { readonly failed: string };

export interface ReplayOptions {
  readonly connection: NatsConnection;
  readonly kept: Kept;
  /** Today's bundle; `program` where its `order-by` is asked for a key. */
  readonly runner: Runner;
  readonly program?: Program;
  readonly where?: Where;
  /** Messages. */
  readonly perSecond: number;
  readonly clock: PaceClock;
  readonly now: () => number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (run: Run) => void;
  readonly onFailed?: (message: KeptMessage, reason: string) => void;
}

/** In one atomic batch; the server takes a thousand messages. */
const mostInBatch = 500;
const mostBytes = 4 * 1024 * 1024;

/** Milliseconds. */
const mostLate = 1_000;

/** Until all is replayed or the signal says stop; the run as it is then. Throws what `failureOf` reads. */
export async function replay({ run: begun, revision }: KnownRun, options: ReplayOptions): Promise<Run> {
  const { connection, kept, perSecond, clock, signal, now } = options;
  const ordered = options.program !== undefined;
  const perMessage = ordered ? 1 : 2 * begun.targets.length;
  const together = Math.max(1, Math.min(Math.floor(perSecond / 10), Math.floor((mostInBatch - 1) / perMessage)));
  const used = new Set<string>();
  const state = { run: begun, revision, began: clock.monotonic(), sent: 0 };

  const flush = async (group: readonly KeptMessage[], next: Run): Promise<void> => {
    const due = state.began + (state.sent * 1_000) / perSecond;
    const wait = due - clock.monotonic();
    if (wait > 0) await clock.pause(wait, signal);
    // What was late, since much was looked through or the server was slow, is not caught up with.
    else if (wait < -mostLate) state.began -= wait + mostLate;
    if (signal?.aborted === true) return;
    state.sent += group.length;
    const run = { ...next, at: new Date(now()).toISOString() };
    state.revision = await send({ connection, run, revision: state.revision, now }, group, options, used);
    state.run = run;
    options.onProgress?.(run);
  };

  let group: KeptMessage[] = [];
  let bytes = 0;
  let next = state.run;
  const span = { ...(begun.from === undefined ? {} : { from: begun.from }), to: begun.to, after: begun.done };
  for await (const message of keptMessages(connection, { ...kept, lastSequence: begun.upTo }, span)) {
    if (signal?.aborted === true) return state.run;
    const verdict = await lookAt(message, { ...options, targets: begun.targets });
    const before = next;
    next = { ...next, done: message.sequence, ...counted(next, verdict) };
    if (typeof verdict === "string" && verdict !== "goes") continue;
    if (typeof verdict === "object") {
      options.onFailed?.(message, verdict.failed);
      continue;
    }
    // What has chunks beside it goes alone.
    if (chunksOf(message) > 0 && group.length > 0) {
      await flush(group, before);
      group = [];
      bytes = 0;
    }
    group.push(message);
    bytes += message.envelope.body.length;
    if (group.length < together && bytes < mostBytes && chunksOf(message) === 0) continue;
    await flush(group, next);
    group = [];
    bytes = 0;
  }
  if (signal?.aborted === true) return state.run;
  await flush(group, { ...next, ended: true });
  return state.run;
}

type Verdict = "goes" | "filtered" | "left" | { readonly failed: string };

function counted(run: Run, verdict: Verdict): Partial<Run> {
  if (verdict === "goes") return { replayed: run.replayed + 1 };
  if (verdict === "filtered") return { filtered: run.filtered + 1 };
  return verdict === "left" ? {} : { failed: run.failed + 1 };
}

export interface Looking extends Pick<ReplayOptions, "connection" | "kept" | "runner" | "program" | "where"> {
  readonly targets: readonly string[];
}

/** `left`: it is a replay itself. */
export async function lookAt(message: KeptMessage, looking: Looking): Promise<Verdict> {
  const { runner, program, where, targets } = looking;
  if (isReplayed(message)) return "left";
  const { envelope } = message;
  const parts = chunksOf(message) * (program === undefined ? targets.length : 1);
  if (parts > mostChunks)
    return { failed: "its content is too large for so many targets at once; name some by --target" };
  const bytes = await bodyFor(message, looking);
  if (typeof bytes === "string") return { failed: bytes };
  if (!(await hasChunks(looking.connection, looking.kept, message))) return { failed: "its content is gone" };
  const body = parseJson(Buffer.from(bytes).toString("utf8"));
  if (body === undefined) return { failed: "its body is not JSON" };
  const meant = where?.(message, body) ?? true;
  if (meant === false) return "filtered";
  if (meant !== true) return meant;
  const [issue] = await runner.check(envelope.source, body);
  if (issue !== undefined) {
    const at = issue.path === "" ? "" : `${issue.path} `;
    return { failed: `it does not fit the contract of today: ${at}${issue.message}` };
  }
  const place = program === undefined ? undefined : placeInIntake(program, program.bundle.integration, envelope, body);
  return place?.kind === "failed" ? { failed: place.message } : "goes";
}

/** The server takes a thousand messages in one batch. */
const mostChunks = 900;

const chunksOf = ({ envelope: { content } }: KeptMessage): number =>
  content?.reference.at === "chunks" ? content.reference.count : 0;

/** Or why it cannot be had. */
async function bodyFor(message: KeptMessage, { connection, kept }: Looking): Promise<Uint8Array | string> {
  try {
    return await bodyOf(connection, kept, message);
  } catch (error) {
    if (contentFaultOf(error) === undefined) throw error;
    return reasonOf(error);
  }
}

/** How often ids are found to be taken until it is given up. */
const tries = 3;

async function send(
  sending: Sending,
  group: readonly KeptMessage[],
  options: ReplayOptions,
  used: Set<string>,
): Promise<number> {
  const { runner, program, kept } = options;
  if (group.length === 0) return note(sending);
  const { run } = sending;
  const twice = new Set<number>();
  for (const message of group) {
    const hash = address.idHash(message.envelope.id);
    if (used.has(hash)) twice.add(message.sequence);
    used.add(hash);
  }
  const by = { run: run.run, by: run.by, at: run.at };
  for (let round = 0; ; round += 1) {
    const messages = group.map((message) => {
      const stamp = { contract: runner.contract(message.envelope.source), bundle: runner.coded.bundle.hash };
      return again(message, chunksBeside(kept, message), by, stamp, twice.has(message.sequence));
    });
    const sent: Sent =
      program === undefined
        ? await park(sending, messages)
        : await enqueue(
            sending,
            await Promise.all(messages.map((each, at) => placed(program, options, each, group[at]))),
          );
    if (sent.kind === "sent") return sent.revision;
    if (round === tries) throw new Error("ids of the replay are taken by other messages");
    for (const { envelope, sequence } of messages)
      if (sent.hashes.has(address.idHash(envelope.id))) twice.add(sequence);
  }
}

async function placed(
  program: Program,
  { connection, kept }: ReplayOptions,
  message: Again,
  original: KeptMessage | undefined,
): Promise<Placed> {
  const bytes = original === undefined ? message.envelope.body : await bodyOf(connection, kept, original);
  const body = parseJson(Buffer.from(bytes).toString("utf8")) ?? null;
  const lies = placeInIntake(program, program.bundle.integration, message.envelope, body);
  if (lies.kind === "failed") throw new Error(lies.message);
  return { ...message, subject: lies.subject, expected: lies.headers };
}
