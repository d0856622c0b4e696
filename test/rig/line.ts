// A hand-made line for tests of the runtime: a bundle whose code reads no `$`, a connector whose source is a function
// and whose target asks the test, and the worker between them over a real server.

import type { NatsConnection } from "@nats-io/nats-core";
import { connect } from "@nats-io/transport-node";
import { connectOptions } from "../../runtime/connect-options.ts";
import type { Limits } from "../../runtime/context.ts";
import type { CrashHook } from "../../runtime/crash-point.ts";
import type { LibraryFactory } from "../../runtime/program.ts";
import { run, type Worker } from "../../runtime/run.ts";
import * as address from "../../schema/address.ts";
import type {
  Bundle,
  BundleBatch,
  BundleTarget,
  CodedBundle,
  OnError,
  Reaction,
  Retention,
  RetryPolicy,
} from "../../schema/bundle.ts";
import { canonical, sha256 } from "../../schema/canonical.ts";
import type { Accepted, Clock, Connector, Delivery, Incoming, SourceContext } from "../../schema/connector.ts";
import { header } from "../../schema/envelope.ts";
import type { Json } from "../../schema/json.ts";
import type { DeadLetter, DeliveryResult, RunEvent } from "../../schema/outcome.ts";
import type { Env } from "../../schema/worker.ts";
import type { NatsRig } from "./nats.ts";
import { api } from "./topology.ts";
import { until } from "./wait.ts";

export interface HandMade {
  readonly integration?: string;
  readonly targets?: readonly string[];
  readonly retry?: Partial<RetryPolicy>;
  readonly onError?: "dead" | "drop" | "continue" | OnError;
  /** By target; those that it names get what failed, and nothing else. */
  readonly onErrors?: Readonly<Record<string, OnError>>;
  readonly settings?: readonly string[];
  readonly secrets?: readonly string[];
  /** The source takes bodies of this `kind` only. */
  readonly accepts?: string;
  /** Hash of the source's contract. */
  readonly contract?: string;
  /** What the steps leave; JavaScript over `scope`. */
  readonly map?: string;
  /** Of what is broken. */
  readonly reads?: readonly (readonly (string | number)[])[];
  readonly paused?: boolean;
  readonly transport?: "ephemeral";
  /** Milliseconds. */
  readonly dedupe?: number;
  readonly retention?: Retention;
  /** Contents that chunks do not carry lie in a bucket of NATS. */
  readonly objects?: Bundle["objects"];
  readonly archive?: true;
  /** `order-by: ${ body.key }`, over so many partitions. */
  readonly partitions?: number;
  /** Of every target; messages are collected by `body.key`, and a batch's path is its id. */
  readonly batch?: BundleBatch;
  /** Of every target. */
  readonly limit?: BundleTarget["limit"];
}

const place = { file: "tenants/acme/orders.yaml", line: 7, column: 11, path: "steps.0.map" };

/**
 * Body members steer it: `refuse` breaks the contract, `skip` is filtered, `broken` fails in the steps, `stop` names a
 * step whose on-error sends it on `to` others, and of `lines` each is an item for itself.
 */
export function handMade(options: HandMade = {}): CodedBundle {
  const targets = options.targets ?? ["crm"];
  const names = JSON.stringify(Object.fromEntries(targets.map((name) => [name, 0])));
  const onErrors = options.onErrors ?? {};
  const reactions = Object.values(onErrors).flatMap((onError) => Object.values(onError));
  const failing = reactions.flatMap((reaction) => (typeof reaction === "object" ? reaction.to : []));
  const all = options.onError ?? {};
  const onError: OnError = typeof all === "object" ? all : reactingAlways(all);
  const wanted = options.accepts === undefined ? "false" : `body.kind !== ${JSON.stringify(options.accepts)}`;
  const code = `export const worker = () => ({
  sources: { door: {
    settings: () => ({}),
    check: (body) => body && (body.refuse || ${wanted}) ? [{ path: "/refuse", message: "must be absent" }] : [],
    messageId: (scope) => scope.body && scope.body.id,
  } },
  targets: Object.fromEntries(Object.keys(${names}).map((name) => [name, {
    settings: (env) => ({ name, ...env.secrets }),
    batch: ({ batch }) => ({ kind: "settings", settings: { path: batch.id + ".jsonl" } }),
  }])),
  walk: (scope, target) => {
    if (target === "$order") return { kind: "deliver", settings: { key: scope.body.key }, body: null };
    const one = (body, item) => {
      const of = item === undefined ? {} : { item };
      if (body.skip) return { kind: "drop", reason: "filter", place: 0, ...of };
      const seen = { body, vars: {}, params: undefined };
      if (body.stop) return { kind: "failed", place: 0, message: "stopped", seen, to: body.to, step: body.stop, ...of };
      if (body.broken) return { kind: "failed", place: 0, message: "broken: " + body.broken, seen, ...of };
      return { kind: "deliver", settings: { ${options.batch === undefined ? "target" : "by: body.key ?? null"} }, body: item === undefined ? ${options.map ?? "scope.body"} : body, ...of };
    };
    if (scope.error) {
      if (!scope.error.to.includes(target)) return { kind: "drop", reason: "on-error", place: 0 };
      const { class: kind, message } = scope.error;
      return { kind: "deliver", settings: {}, body: { kind, message, body: scope.body } };
    }
    if (${JSON.stringify(failing)}.includes(target)) return { kind: "drop", reason: "route", place: 0 };
    const { lines } = scope.body;
    return Array.isArray(lines) ? { kind: "many", items: lines.map((line, index) => one(line, "." + index)) } : one(scope.body);
  },
});
`;
  const retry = { for: 60_000, initial: 20, max: 200, multiplier: 2, ...options.retry };
  const contract = options.contract;
  const record: Omit<Bundle, "hash"> = {
    format: 1,
    tenant: "acme",
    integration: options.integration ?? "orders",
    worker: sha256(code),
    ...(options.paused === undefined ? {} : { paused: options.paused }),
    ...(options.transport === undefined ? {} : { transport: options.transport }),
    ...(options.retention === undefined ? {} : { retention: options.retention }),
    ...(options.objects === undefined ? {} : { objects: options.objects }),
    ...(options.archive === undefined ? {} : { archive: options.archive }),
    ...(options.partitions === undefined ? {} : { order: { partitions: options.partitions, place } }),
    sources: {
      door: {
        connector: "fake",
        dedupe: options.dedupe ?? 60_000,
        place,
        ...(contract === undefined ? {} : { contract }),
      },
    },
    targets: Object.fromEntries(
      targets.map((name) => [
        name,
        {
          connector: "fake",
          retry,
          onError: onErrors[name] ?? onError,
          ...(options.batch === undefined ? {} : { batch: options.batch }),
          ...(options.limit === undefined ? {} : { limit: options.limit }),
          place,
        },
      ]),
    ),
    contracts: contract === undefined ? {} : { [contract]: { hash: contract, schema: {} } },
    settings: options.settings ?? [],
    secrets: options.secrets ?? [],
    places: [place],
    ...(options.reads === undefined ? {} : { reads: { 0: options.reads } }),
  };
  return { bundle: { ...record, hash: sha256(canonical(record)) }, code };
}

export const reactingAlways = (to: Reaction): OnError => ({
  invalid: to,
  "not-found": to,
  rejected: to,
  unavailable: to,
});

export interface Delivered {
  readonly target: string;
  readonly id: string;
  readonly attempt: number;
  readonly body: Json;
}

export interface FakeSystem {
  readonly connector: Connector;
  /** Every delivery that was begun, in order. */
  readonly begun: Delivered[];
  /** What the target says next; "delivered" unless set. */
  answer: (delivery: Delivery, target: string) => DeliveryResult | Promise<DeliveryResult>;
  /** The one that started last, or that of an integration. */
  readonly source: (integration?: string) => SourceContext;
  readonly closed: string[];
  send(body: Json, more?: Partial<Incoming>, integration?: string): Promise<Accepted>;
}

export function fakeSystem(): FakeSystem {
  const sources = new Map<string, SourceContext>();
  const current = (integration?: string): SourceContext => {
    const source = integration === undefined ? [...sources.values()].at(-1) : sources.get(integration);
    if (source === undefined) throw new Error("no source is running");
    return source;
  };
  const system: FakeSystem = {
    begun: [],
    closed: [],
    answer: () => ({ kind: "delivered" }),
    source: current,
    send: (value, more = {}, integration) =>
      current(integration).accept({
        body: Buffer.from(JSON.stringify(value)),
        value,
        headers: {},
        meta: {},
        ...more,
      }),
    connector: {
      manifest: { name: "fake", title: "Fake", description: "For tests.", stability: "experimental", examples: [] },
      startSource: async (context) => {
        sources.delete(context.integration);
        sources.set(context.integration, context);
        return {
          stop: async () => {
            if (sources.get(context.integration) === context) sources.delete(context.integration);
          },
        };
      },
      openTarget: async ({ name }) => ({
        deliver: async (delivery) => {
          system.begun.push({ target: name, id: delivery.id, attempt: delivery.attempt, body: delivery.body });
          return system.answer(delivery, name);
        },
        close: async () => {
          system.closed.push(name);
        },
      }),
    },
  };
  return system;
}

export interface Line extends AsyncDisposable {
  readonly worker: Worker;
  readonly connection: NatsConnection;
  readonly events: RunEvent[];
  /** Events of settled messages, short: `delivered a1`. */
  outcomes(): readonly string[];
  /** Death without a word: the connection is cut, nothing is finished. */
  abandon(): Promise<void>;
}

export interface LineOptions {
  readonly bundles?: readonly CodedBundle[];
  readonly env?: Env;
  readonly limits?: Partial<Limits>;
  readonly crash?: CrashHook;
  readonly clock?: Clock;
  readonly messagesPerSecond?: number;
  /** Where the server is reached, if not where it is. */
  readonly url?: string;
  /** Beside the fake one. */
  readonly connectors?: Readonly<Record<string, Connector>>;
  readonly library?: LibraryFactory;
}

export async function startLine(nats: NatsRig, system: FakeSystem, options: LineOptions = {}): Promise<Line> {
  const { user, password } = nats.credentials();
  const connection = await connect({
    ...connectOptions("acme-worker"),
    servers: options.url ?? nats.url,
    user,
    pass: password,
  });
  const events: RunEvent[] = [];
  const worker = await run({
    tenants: [
      {
        tenant: "acme",
        connection,
        inboxPrefix: address.inboxPrefix("acme-worker"),
        env: options.env ?? { settings: {}, secrets: {} },
        bundles: options.bundles ?? [handMade()],
        ...(options.messagesPerSecond === undefined ? {} : { messagesPerSecond: options.messagesPerSecond }),
      },
    ],
    connectors: { fake: system.connector, ...options.connectors },
    library: options.library ?? (() => undefined),
    log: { info: () => undefined, warn: () => undefined },
    onEvent: (event) => events.push(event),
    ...(options.limits === undefined ? {} : { limits: options.limits }),
    ...(options.clock === undefined ? {} : { clock: options.clock }),
    ...(options.crash === undefined ? {} : { crash: options.crash }),
  }).catch(async (error: unknown) => {
    await connection.close();
    throw error;
  });
  return {
    worker,
    connection,
    events,
    outcomes: () => events.flatMap((event) => (event.kind === "outcome" ? [`${event.outcome.kind} ${event.id}`] : [])),
    abandon: () => connection.close(),
    [Symbol.asyncDispose]: async () => {
      await worker.stop();
      await connection.close();
    },
  };
}

export interface DeadEntry {
  readonly body: string;
  readonly letter: DeadLetter;
  readonly headers: Readonly<Record<string, string>>;
}

/** All dead letters, oldest first. */
export async function deadLetters(connection: NatsConnection): Promise<readonly DeadEntry[]> {
  const entries: DeadEntry[] = [];
  for (let sequence = 1; ; ) {
    const query = JSON.stringify({ seq: sequence, next_by_subj: address.deadFilter() });
    const message = await connection.request(`$JS.API.DIRECT.GET.${address.deadStream}`, query, { timeout: 5_000 });
    if (message.headers?.code === 404) return entries;
    const headers = Object.fromEntries(
      (message.headers?.keys() ?? []).map((key) => [key, message.headers?.get(key) ?? ""]),
    );
    entries.push({ body: message.string(), letter: JSON.parse(headers[header.dead] ?? "{}"), headers });
    sequence = Number(headers["Nats-Sequence"]) + 1;
  }
}

/** Nothing is left to do for the target: neither waiting, nor in hand, nor scheduled. */
export async function quiet(
  connection: NatsConnection,
  integration = "orders",
  target = "crm",
  partitions = 0,
): Promise<void> {
  const intake = address.intakeStream(integration);
  const retries = address.retryStream(integration);
  const scheduled = async () => {
    const info = await api(connection, `STREAM.INFO.${retries}`, { subjects_filter: `rs.${integration}.${target}.>` });
    const state: { last_seq?: number; subjects?: Record<string, number> } = Object(info.state);
    const subjects = Object.keys(state.subjects ?? {});
    return { lastSequence: state.last_seq, subjects, count: subjects.length };
  };
  const infosOf = (stream: string, consumers: readonly string[]) =>
    Promise.all(consumers.map((consumer) => api(connection, `CONSUMER.INFO.${stream}.${consumer}`)));
  const waiting = async (stream: string, consumers = [address.targetConsumer(target)]): Promise<number> =>
    (await infosOf(stream, consumers)).reduce(
      (sum, info) => sum + Number(info.num_pending) + Number(info.num_ack_pending),
      0,
    );
  const readers = [...address.intakeConsumers(target, { partitions })];
  const left = async (): Promise<string> => {
    const infos = [
      ...(await infosOf(intake, readers)),
      ...(await infosOf(retries, [address.targetConsumer(target)])),
    ].map(
      (info) =>
        `${info.stream_name}/${info.name}: ${info.num_pending} wait, ${info.num_ack_pending} in hand, ${info.num_redelivered} handed out again, ${info.num_waiting} pulls; handed out ${JSON.stringify(info.delivered)}, acked ${JSON.stringify(info.ack_floor)}`,
    );
    const schedules = (await scheduled()).subjects.map(async (subject) => {
      const query = { last_by_subj: subject };
      const { message } = await api(connection, `STREAM.MSG.GET.${retries}`, query);
      const { hdrs }: { readonly hdrs?: string } = Object(message);
      return `${subject}: ${/Nats-Schedule: (.*)/.exec(Buffer.from(hdrs ?? "", "base64").toString())?.[1]?.trim()}`;
    });
    return [`now ${new Date().toISOString()}`, ...infos, ...(await Promise.all(schedules))].join("\n");
  };
  const isQuiet = async (): Promise<boolean> => {
    const before = await scheduled();
    if ((await waiting(intake, readers)) > 0) return false;
    if ((await waiting(retries)) > 0) return false;
    // A schedule that fired in between has written, and so has whoever parked a message.
    const after = await scheduled();
    return after.count === 0 && before.count === 0 && after.lastSequence === before.lastSequence;
  };
  const what = `${integration}/${target} has nothing left to do`;
  const instead = () => left().catch((error: unknown) => `what is left cannot be asked for: ${error}`);
  await until(what, () => isQuiet().catch(() => false), 120_000, instead);
}
