// Where a message is and what became of it: in every integration that has, or had, a message of its id. Read from what
// delivery leaves behind anyway; what was not kept is said to be unknown and never guessed.

import type { NatsConnection } from "@nats-io/transport-node";
import { readEnvelope } from "../../runtime/envelope.ts";
import type { Program } from "../../runtime/program.ts";
import * as address from "../../schema/address.ts";
import type { CodedBundle } from "../../schema/bundle.ts";
import { contentFaultOf } from "../../schema/content.ts";
import type { Envelope } from "../../schema/envelope.ts";
import type { JsonObject } from "../../schema/json.ts";
import { readBundle } from "../bundles.ts";
import { concurrently } from "../concurrently.ts";
import { referenceIn, wholeOf } from "../content.ts";
import { type DeadLetterEntry, showDeadLetter } from "../dead-letters.ts";
import { countMatching, directMessages, lastMessage, type Stored } from "../direct.ts";
import { controlError, failed, failureOf, type Result, success } from "../failure.ts";
import { consumersOf, type LiveConsumer, type LiveIntegration, liveIntegrations, targetOf } from "./consumers.ts";
import { type HopFacts, withItems, withSentOn } from "./derived.ts";
import { programOf, recompute } from "./recompute.ts";
import type { StatusTenant } from "./status.ts";
import { countedTrace, durableFor, recordedTrace, recordsIn, type TargetTrace } from "./target-trace.ts";

/** The message as the intake has it. */
export interface TracedMessage {
  readonly sequence: number;
  /** When the intake had it: ISO 8601. */
  readonly storedAt: string;
  readonly envelope: Envelope;
}

export interface Hop {
  readonly tenant: string;
  readonly integration: string;
  readonly id: string;
  /** Absent: the intake does not have it any more; only what was recorded beside it is known. */
  readonly message?: TracedMessage;
  /** Why nothing was recomputed. */
  readonly notRecomputed?: string;
  readonly targets: readonly TargetTrace[];
}

export interface Trace {
  readonly id: string;
  /** In the order in which they took it in. */
  readonly hops: readonly Hop[];
  /** Since when each intake that was looked at keeps what it takes in: ISO 8601, by `tenant/integration`. */
  readonly history: Readonly<Record<string, string>>;
}

export interface TraceOptions {
  readonly workspace: string;
  readonly integration?: string;
  /** The workspace's own by hash; what accepted a message and is not among them is read from NATS. */
  readonly bundles: ReadonlyMap<string, CodedBundle>;
  /** Of whom a bundle that is read from NATS must be; undefined: its hash is enough. */
  readonly trust: readonly string[] | undefined;
  /** Of the context, as they are now. */
  readonly settings: JsonObject;
  readonly now: () => number;
}

const requestsAtOnce = 64;

/** `id`: of a message, of an item of it, or the 16 characters that stand for it in subjects. */
export async function traceMessage(
  tenants: readonly StatusTenant[],
  id: string,
  options: TraceOptions,
): Promise<Result<Trace>> {
  try {
    const found = await traceHash(tenants, address.idHash(id), id, options);
    if (found.hops.some(({ message }) => message !== undefined)) return success({ id, ...found });
    const parent = madeFrom(id);
    const whole = parent === undefined ? undefined : await traceHash(tenants, address.idHash(parent), parent, options);
    if (parent !== undefined && whole !== undefined && whole.hops.length > 0) return success({ id: parent, ...whole });
    if (found.hops.length > 0 || !/^[A-Za-z0-9_-]{16}$/.test(id)) return success({ id, ...found });
    const byHash = await traceHash(tenants, id, id, options);
    return success({ id: byHash.hops[0]?.id ?? id, ...byHash });
  } catch (error) {
    return failed(failureOf(error, "tracing the message"));
  }
}

/** Of an item (`o1.3`), or of what an `on-error` sent on (`o1/error/crm`): the message below which it is told. */
const madeFrom = (id: string): string | undefined => /^(.+?)((\.\d+)+|(\.\d+)*\/error\/.+)$/.exec(id)?.[1];

async function traceHash(
  tenants: readonly StatusTenant[],
  hash: string,
  id: string,
  options: TraceOptions,
): Promise<Pick<Trace, "hops" | "history">> {
  const all = await concurrently(tenants, 8, async ({ tenant, connection }) => {
    const live = [...(await liveIntegrations(connection, options.workspace)).values()].filter(
      ({ integration }) => options.integration === undefined || integration === options.integration,
    );
    const letters = await lettersOf(connection, hash);
    const around = { tenant: tenant.tenant, connection, letters, options };
    const hops = await concurrently(live, requestsAtOnce / 8, (each) => hopIn(around, each, hash, id));
    const history = live.flatMap(({ integration, intake }): readonly (readonly [string, string])[] => {
      const { messages = 0, first_ts } = intake?.state ?? {};
      return messages > 0 && first_ts !== undefined ? [[`${tenant.tenant}/${integration}`, first_ts]] : [];
    });
    return { hops: hops.filter((hop) => hop !== undefined), history };
  });
  const takenIn = ({ message }: Hop): string => message?.storedAt ?? "";
  return {
    hops: all.flatMap(({ hops }) => hops).sort((a, b) => (takenIn(a) < takenIn(b) ? -1 : 1)),
    history: Object.fromEntries(all.flatMap(({ history }) => history)),
  };
}

interface Around {
  readonly tenant: string;
  readonly connection: NatsConnection;
  readonly letters: readonly DeadLetterEntry[];
  readonly options: TraceOptions;
}

async function lettersOf(connection: NatsConnection, hash: string): Promise<readonly DeadLetterEntry[]> {
  const found = await showDeadLetter(connection, hash);
  if (!found.ok) throw controlError(found.failure);
  return found.value.filter(({ idHash }) => idHash === hash);
}

/** With its body, where that lies in chunks and is there. */
async function envelopeOf(
  connection: NatsConnection,
  integration: string,
  { headers, body, sequence: head, subject }: Stored,
  fallback: { readonly id: string; readonly sequence: number },
): Promise<Envelope> {
  const reference = referenceIn(headers);
  if (reference?.role !== "body") return readEnvelope(headers, body, fallback, true);
  const hash = subject.slice(subject.lastIndexOf(".") + 1);
  const place = {
    stream: address.intakeStream(integration),
    subject: address.intakeChunks(integration, hash),
    head,
    reference,
  };
  const whole = await wholeOf(connection, place).catch((error: unknown) => {
    if (contentFaultOf(error) === undefined) throw error;
    return body;
  });
  return readEnvelope(headers, whole, fallback, true);
}

async function hopIn(around: Around, live: LiveIntegration, hash: string, asked: string): Promise<Hop | undefined> {
  const { tenant, connection, options } = around;
  const { integration } = live;
  const [stored, records] = await Promise.all([storedIn(connection, live, hash), recordsOf(connection, live, hash)]);
  const letters = new Map(
    around.letters.flatMap((entry) => (entry.integration === integration ? [[entry.target, entry] as const] : [])),
  );
  if (stored === undefined && records.size === 0 && letters.size === 0) return undefined;

  const fallback = { id: asked, sequence: stored?.sequence ?? 0 };
  const envelope = stored === undefined ? undefined : await envelopeOf(connection, integration, stored, fallback);
  const id = envelope?.id ?? records.values().next().value?.id ?? [...letters.values()][0]?.letter?.id ?? asked;
  const program = envelope === undefined ? "the intake does not have it any more" : await programFor(around, envelope);
  const durables = stored === undefined ? [] : [...(await consumersOf(connection, [live], 2)).values()].flat();
  const intake = durables.filter(({ stream_name }) => stream_name === address.intakeStream(integration));
  const names = targetNames(program, durables, records, letters);
  const letterOf = async (target: string, letterHash: string): Promise<DeadLetterEntry | undefined> =>
    (await lettersOf(connection, letterHash)).find(
      (each) => each.integration === integration && each.target === target,
    );
  const hop: HopFacts = { connection, live, id, envelope, program, letterOf, now: options.now };
  const traces = await Promise.all(
    names.map(async (target): Promise<readonly TargetTrace[]> => {
      const recorded = recordedTrace(target, records.get(target), letters.get(target), options.now());
      const trace = recorded ?? (stored === undefined ? undefined : await counted(hop, stored, target, intake));
      return trace === undefined ? [] : withItems(hop, trace);
    }),
  );
  return {
    tenant,
    integration,
    id,
    ...(stored === undefined || envelope === undefined
      ? {}
      : { message: { sequence: stored.sequence, storedAt: stored.storedAt, envelope } }),
    ...(typeof program === "string" ? { notRecomputed: program } : {}),
    targets: await withSentOn(hop, traces.flat()),
  };
}

/** With `order-by` its subject has a partition, which only its key tells. */
async function storedIn(
  connection: NatsConnection,
  { integration, intake }: LiveIntegration,
  hash: string,
): Promise<Stored | undefined> {
  if (intake === undefined || intake.state.messages === 0) return undefined;
  const stream = address.intakeStream(integration);
  const [plain, ordered] = await Promise.all([
    lastMessage(connection, stream, address.intakeSubject(integration, hash)),
    lastMessage(connection, stream, address.anyPartition(integration, hash)),
  ]);
  return plain ?? ordered;
}

async function recordsOf(connection: NatsConnection, { integration, retry }: LiveIntegration, hash: string) {
  const stream = address.retryStream(integration);
  const found: Stored[] = [];
  if ((retry?.state.messages ?? 0) === 0) return recordsIn(found);
  const filter = address.stateSubject(integration, "*", hash);
  for await (const message of directMessages(connection, { stream, filter })) found.push(message);
  return recordsIn(found);
}

/** The bundle that accepted it. */
async function programFor({ connection, options }: Around, { bundle: hash }: Envelope): Promise<Program | string> {
  if (hash === "") return "it does not say which bundle accepted it";
  const coded = options.bundles.get(hash) ?? (await readBundle(connection, hash, options.trust));
  if (coded === undefined) return `the bundle that accepted it, ${hash.slice(0, 8)}, is not there any more`;
  return programOf(coded, options.settings);
}

function targetNames(
  program: Program | string,
  durables: readonly LiveConsumer[],
  ...recorded: readonly ReadonlyMap<string, unknown>[]
): readonly string[] {
  const own = typeof program === "string" ? [] : Object.keys(program.bundle.targets);
  const there = durables.map(({ name }) => targetOf(name)).filter((name) => new RegExp(address.namePattern).test(name));
  return [...new Set([...own, ...there, ...recorded.flatMap((map) => [...map.keys()])])].sort();
}

async function counted(
  { connection, live, envelope, program }: HopFacts,
  stored: Stored,
  target: string,
  intake: readonly LiveConsumer[],
): Promise<TargetTrace> {
  const durable = durableFor(intake, target, stored.subject);
  const trace = await countedTrace(target, stored.sequence, durable, async () => {
    if (durable === undefined) return Number.POSITIVE_INFINITY;
    const filter = String(durable.config.filter_subject ?? ">");
    const stream = address.intakeStream(live.integration);
    const from = durable.ack_floor.stream_seq + 1;
    return (await countMatching(connection, stream, filter, from)) - durable.num_pending;
  });
  if (trace.state === "unknown" || typeof program === "string" || envelope === undefined) return trace;
  return { ...trace, recomputed: recompute(program, target, envelope) };
}
