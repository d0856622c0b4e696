// One case from its beginning to its end: the real worker between what comes in and what targets answer, over NATS in
// memory, on a clock that leaps. Same case and seed, same happenings, on every machine.

import { createLibrary } from "../../runtime/expression/library.ts";
import { run, type Worker } from "../../runtime/run.ts";
import type { ScriptHosts } from "../../runtime/script/hosts.ts";
import type { Wire } from "../../runtime/wire.ts";
import { deadStream, retryStream } from "../../schema/address.ts";
import type { CodedBundle } from "../../schema/bundle.ts";
import type { Clock } from "../../schema/connector.ts";
import { header } from "../../schema/envelope.ts";
import type { DeadLetter, RunEvent } from "../../schema/outcome.ts";
import type { TenantTopology } from "../../schema/topology.ts";
import type { Env } from "../../schema/worker.ts";
import type { Case, Given } from "./case.ts";
import { simulatedClock } from "./clock.ts";
import type { Counters } from "./coverage/coverage.ts";
import { type Outside, outsideOf } from "./doubles.ts";
import { drive } from "./drive.ts";
import { enter, type Told } from "./enter.ts";
import type { Dead, Ended, Happened } from "./happened.ts";
import { memorySpool } from "./memory-spool.ts";
import { type MemoryServer, memoryServer } from "./nats/server.ts";
import { seeded } from "./seeded.ts";

export interface Playable {
  readonly coded: CodedBundle;
  readonly topology: TenantTopology;
  readonly env: Env;
  /** Of the workspace; undefined when there is none. */
  readonly file: (path: string) => Uint8Array | undefined;
  readonly scripts: ScriptsAtWork;
  /** What instrumented code calls. */
  readonly covered?: Counters;
}

/** Scripts run on a thread: while one does, time stands still. */
export interface ScriptsAtWork {
  readonly hosts: ScriptHosts;
  /** Undefined: none runs. */
  busy(): Promise<unknown> | undefined;
}

/** What a case is played in: NATS, a clock, and who knows when it is over. */
export interface Stage {
  readonly clock: Clock;
  /** When the case begins on that clock. */
  readonly at: number;
  readonly wire: Wire;
  readonly inboxPrefix?: string;
  /** Until `done`, and nothing is on its way in NATS any more; else why that does not come. */
  rest(done: () => boolean): Promise<string | undefined>;
  dead(): Promise<readonly Dead[]>;
  close(worker: Worker): Promise<void>;
}

/** In memory, on a clock that leaps. */
export function play(given: Playable, test: Case): Promise<Happened> {
  const { bundle } = given.coded;
  const clock = simulatedClock(test.at);
  const streams = given.topology.streams.filter((each) => [undefined, bundle.integration].includes(each.integration));
  const server = memoryServer({
    clock,
    streams: streams.map(({ config }) => config),
    consumers: given.topology.consumers.filter(({ integration }) => integration === bundle.integration),
  });
  const stage: Stage = {
    clock,
    at: test.at,
    wire: server.wire,
    rest: (done) => {
      const finished = (): boolean => done() && !underWay(server, bundle.integration);
      return drive({ clock, server, busy: given.scripts.busy, finished });
    },
    dead: () => Promise.resolve(deadIn(server)),
    // Nothing of it outlives the case: it has no timer, no socket and no thread of its own.
    close: () => Promise.resolve(server.close()),
  };
  return playOn(stage, given, test);
}

export async function playOn(stage: Stage, given: Playable, test: Case): Promise<Happened> {
  const { coded, env, covered, scripts } = given;
  const { bundle } = coded;
  const polls = new Set(Object.keys(bundle.sources).filter((name) => bundle.sources[name]?.asks !== undefined));
  const outside = outsideOf(test, polls, stage.at);
  const events: RunEvent[] = [];
  const worker = await run({
    tenants: [
      {
        tenant: bundle.tenant,
        connection: stage.wire,
        env,
        bundles: [playable(coded)],
        ...(stage.inboxPrefix === undefined ? {} : { inboxPrefix: stage.inboxPrefix }),
      },
    ],
    connectors: outside.connectors,
    library: () => (covered === undefined ? createLibrary() : { ...createLibrary(), covered }),
    log: silent,
    clock: stage.clock,
    random: seeded(test.seed),
    scripts: () => scripts.hosts,
    onEvent: (event) => events.push(event),
    spool: memorySpool(),
  });
  const door = doorman({ stage, outside, file: given.file, coded, test });
  // Of what no stream keeps, only the worker knows.
  const inHand = (): boolean =>
    bundle.transport === "ephemeral" &&
    worker.health().integrations.some(({ inFlight }) => Object.values(inFlight).some((count) => count > 0));
  const restless = await stage.rest(() => door.left() === 0 && outside.pagesLeft() === 0 && !inHand());
  const dead = await stage.dead();
  await stage.close(worker);
  const flaws = [...outside.flaws, ...door.flaws(), ...(restless === undefined ? [] : [restless])];
  return happened(stage, { outside, dead, events, told: door.told(), flaws });
}

const silent = { info: () => undefined, warn: () => undefined };

/** A paused integration is tested as it will run. */
function playable({ bundle, code }: CodedBundle): CodedBundle {
  const { paused: _, ...running } = bundle;
  return { bundle: running, code };
}

/** Something is not delivered yet, or waits for its next try. */
function underWay(server: MemoryServer, integration: string): boolean {
  if (server.consumers().some((consumer) => consumer.unacked() > 0 || consumer.waiting() > 0)) return true;
  return server.stream(retryStream(integration))?.next(`rs.${integration}.>`, 1) !== undefined;
}

interface Doorman {
  /** Messages that have not come in yet, or whose sender has no answer. */
  left(): number;
  told(): readonly { readonly given: Given; readonly at: number; readonly told: Told; readonly source: string }[];
  flaws(): readonly string[];
}

interface Entrance {
  readonly stage: Stage;
  readonly outside: Outside;
  readonly file: Playable["file"];
  readonly coded: CodedBundle;
  readonly test: Case;
}

/** Lets them in one after the other, each at its time. */
function doorman({ stage: { clock, at: begin }, outside, file, coded: { bundle }, test }: Entrance): Doorman {
  const told: { given: Given; at: number; told: Told; source: string }[] = [];
  const flaws: string[] = [];
  let left = test.given.filter(({ page }) => page === undefined).length;
  const letIn = async (given: Given): Promise<void> => {
    if (given.at !== undefined && given.at < test.at)
      flaws.push("a message comes before the case begins: give it `at`");
    const source = given.source ?? Object.keys(bundle.sources)[0] ?? "";
    const described = bundle.sources[source];
    const context = outside.doors.get(source);
    const bytes = given.file === undefined ? bytesOf(given.text) : file(given.file);
    if (described === undefined) flaws.push(`there is no source \`${source}\``);
    else if (given.file !== undefined && bytes === undefined) flaws.push(`the workspace has no file ${given.file}`);
    else if (described.asks !== undefined) flaws.push(`the source \`${source}\` polls: give it a \`page\``);
    else if (context === undefined) flaws.push(`the source \`${source}\` has not started`);
    else {
      const at = clock.now() - begin;
      told.push({ given, at, source, told: await enter(context, described, given, bytes) });
    }
    left -= 1;
  };
  const letAllIn = async (): Promise<void> => {
    for (const [index, given] of test.given.filter(({ page }) => page === undefined).entries()) {
      // Nobody sends two in one moment: that would make the second one the first one, sent again by us.
      const next = index === 0 ? 0 : 1;
      const wait = given.at === undefined ? next : Math.max(next, given.at - test.at + begin - clock.now());
      if (wait > 0) await new Promise<void>((resolve) => void clock.after(wait, resolve));
      await letIn(given);
    }
  };
  void letAllIn().catch((error: unknown) => {
    flaws.push(error instanceof Error ? error.message : String(error));
    left = 0;
  });
  return { left: () => left, told: () => told, flaws: () => flaws };
}

const bytesOf = (text: string | undefined): Uint8Array | undefined =>
  text === undefined ? undefined : Buffer.from(text, "utf8");

interface Seen {
  readonly outside: Outside;
  readonly dead: readonly Dead[];
  readonly events: readonly RunEvent[];
  readonly told: ReturnType<Doorman["told"]>;
  readonly flaws: readonly string[];
}

function happened({ at: begin }: Stage, { outside, dead, events, told, flaws }: Seen): Happened {
  const ended = events.filter((event): event is Ended => event.kind === "outcome");
  return {
    sent: outside.sent,
    asked: outside.asked,
    replies: told.flatMap(({ told: { reply } }) => (reply === undefined ? [] : [reply])),
    refused: told.flatMap(({ at, source, told: { accepted, unreadable } }) => [
      ...(unreadable === undefined ? [] : [{ at, source, reason: unreadable, issues: [] }]),
      ...accepted.flatMap((each) => {
        if (each.kind === "invalid") return [{ at, source, reason: "invalid", issues: each.issues }];
        return each.kind === "unavailable" ? [{ at, source, reason: each.reason, issues: [] }] : [];
      }),
    ]),
    duplicates: events.filter((event) => event.kind === "accepted" && event.duplicate).length,
    dead,
    outcomes: ended.map((event) => ({ ...event, began: Date.parse(event.at) - event.durationMs - begin })),
    flaws,
  };
}

function deadIn(server: MemoryServer): readonly Dead[] {
  const stream = server.stream(deadStream);
  const dead: Dead[] = [];
  for (let at = stream?.next("dlq.>", 1); at !== undefined; at = stream?.next("dlq.>", at.sequence + 1)) {
    const letter: DeadLetter = JSON.parse(at.headers?.get(header.dead) ?? "{}");
    dead.push({ target: letter.target, letter });
  }
  return dead;
}
