// `plan --replay N`, the whole line on one page: which integrations the plan changes, the bundle that runs and the one
// that would run, the last N messages through both, and what is different.

import type { ClusterAccess } from "../../control/access.ts";
import { readBundle } from "../../control/bundles.ts";
import { failureOf } from "../../control/failure.ts";
import { systemClock } from "../../runtime/clock.ts";
import type { ScriptHost } from "../../runtime/script/host.ts";
import { createScriptHosts, type ScriptHosts } from "../../runtime/script/hosts.ts";
import type { CodedBundle } from "../../schema/bundle.ts";
import type { Compared, IntegrationDifference, MessageDifference } from "../../schema/difference.ts";
import type { JsonObject } from "../../schema/json.ts";
import type { Change, Plan } from "../../schema/plan.ts";
import { fromControl } from "../cluster.ts";
import { ok, type Result } from "../exit.ts";
import type { GivenAnswers } from "./answers.ts";
import { createCollector } from "./collect.ts";
import { compareOutputs } from "./compare.ts";
import { lastRead } from "./history.ts";
import { openSide, type Side } from "./side.ts";

export interface ReplayOptions {
  readonly plan: Plan;
  readonly access: ClusterAccess;
  /** The workspace's own. */
  readonly bundles: readonly CodedBundle[];
  /** Messages of each integration at most. */
  readonly count: number;
  /** `orders`, `acme/orders`: also these, whether the plan changes them or not. */
  readonly named: readonly string[];
  /** Of the context, as they are now: no others are kept. */
  readonly settings: JsonObject;
  readonly answers: GivenAnswers;
  /** Of whom a bundle that is read from NATS must be. */
  readonly trust: readonly string[] | undefined;
  readonly values: boolean;
  /** Milliseconds of a clock that does not go back, and when nothing more is walked. */
  readonly now: () => number;
  readonly until: number;
  readonly onMessage: (of: Replaying, message: MessageDifference) => void;
  readonly onProgress: (integration: string, done: number) => void;
}

/** What is compared with what. */
export interface Replaying {
  readonly tenant: string;
  readonly integration: string;
  readonly movedFrom?: string;
}

interface Pair extends Replaying {
  /** Hash of what is deployed; undefined: nothing, or nothing that could be told. */
  readonly before: string | undefined;
  readonly after: CodedBundle;
}

/** Sends and writes nothing. */
export async function replayPlan(options: ReplayOptions): Promise<Result<readonly IntegrationDifference[]>> {
  const scripts = createScriptHosts(systemClock);
  const all: IntegrationDifference[] = [];
  try {
    for (const pair of pairsOf(options)) {
      const { tenant, integration, movedFrom } = pair;
      const about = { tenant, integration, ...(movedFrom === undefined ? {} : { movedFrom }) };
      all.push({ ...about, ...(await replayOne(pair, about, options, scripts)) });
    }
    return ok(all);
  } catch (error) {
    return fromControl(failureOf(error, "replaying messages"));
  } finally {
    await scripts.close();
  }
}

type Told = Compared | { readonly kind: "nothing" | "impossible"; readonly reason: string };

async function replayOne(
  { tenant, integration, movedFrom = integration, before: hash, after }: Pair,
  about: Replaying,
  { access, trust, settings, answers, count, values, now, until, onMessage, onProgress }: ReplayOptions,
  scripts: ScriptHosts,
): Promise<Told> {
  if (hash === undefined) return nothing("it is new: no message has come in yet");
  if (hash === after.bundle.hash) return nothing("the same bundle runs already");
  const opened = await access.open(tenant);
  if (!opened.ok || opened.value === undefined) return impossible(`tenant ${tenant} cannot be reached`);
  const connection = opened.value;
  const deployed = await readBundle(connection, hash, trust);
  if (deployed === undefined) {
    return impossible(`the bundle ${hash.slice(0, 12)} that runs is not there as it was applied`);
  }
  const late = (): boolean => now() > until;
  const [old, fresh] = [
    await openSide(deployed, { settings, answers, scripts: inTime(scripts.add(), late) }),
    await openSide(after, { settings, answers, scripts: inTime(scripts.add(), late) }),
  ];
  if (typeof old === "string") return impossible(`what runs cannot be run here: ${old}`);
  if (typeof fresh === "string") return impossible(`what would run cannot be run here: ${fresh}`);
  const collector = createCollector((message) => onMessage(about, message));
  let done = 0;
  for await (const read of lastRead(connection, movedFrom, count, late)) {
    onProgress(integration, ++done);
    if (read.kind === "late") {
      collector.unread(outOfTime, read.messages);
      continue;
    }
    if (read.kind === "unread") {
      collector.unread(read.reason);
      continue;
    }
    const { message, at } = read;
    const { id, sequence } = message.envelope;
    const [was, is] = [await old.outputsOf(message), await fresh.outputsOf(message)];
    // Its scripts may have been given no turn any more.
    if (late()) collector.unread(outOfTime);
    else collector.add({ id, sequence, at }, compareOutputs(was, is, { values }));
  }
  if (done === 0) return nothing("it has no message in its history");
  return collector.end({ batches: batchesOf(old, fresh), answered: answeredIn(answers, old, fresh) });
}

/** One message may ask scripts ten thousand times, each of which may take its whole time. */
const inTime = (scripts: Pick<ScriptHost, "run">, late: () => boolean): Pick<ScriptHost, "run"> => ({
  run: (...asked) => (late() ? Promise.resolve({ kind: "stopped", reason: "time" }) : scripts.run(...asked)),
});

const outOfTime = "there was no time left for them (--replay-time)";
const nothing = (reason: string) => ({ kind: "nothing", reason }) as const;
const impossible = (reason: string) => ({ kind: "impossible", reason }) as const;

const answeredIn = (answers: GivenAnswers, ...sides: readonly Side[]): readonly string[] =>
  [...answers.keys()].filter((name) => sides.some(({ program }) => Object.hasOwn(program.bundle.asks ?? {}, name)));

const batchesOf = (...sides: readonly Side[]): readonly string[] => [
  ...new Set(
    sides.flatMap(({ program }) =>
      Object.entries(program.bundle.targets).flatMap(([name, { batch }]) => (batch === undefined ? [] : [name])),
    ),
  ),
];

/** In the order of the plan, then those that are named. */
function pairsOf({ plan, bundles, named }: ReplayOptions): readonly Pair[] {
  const changed = plan.changes.filter(({ kind, action }) => kind === "deployment" && action !== "delete");
  const byName = new Map(changed.map((change) => [`${change.tenant}/${change.name}`, change]));
  const all = bundles.filter(({ bundle }) => {
    const name = `${bundle.tenant}/${bundle.integration}`;
    return byName.has(name) || named.includes(name) || named.includes(bundle.integration);
  });
  return all.flatMap((after): readonly Pair[] => {
    const { tenant, integration, hash } = after.bundle;
    const change = byName.get(`${tenant}/${integration}`);
    const wanted = named.includes(`${tenant}/${integration}`) || named.includes(integration);
    const before = change === undefined ? hash : bundleBefore(change, hash);
    if (before === hash && !wanted) return [];
    const { movedFrom } = change ?? {};
    return [{ tenant, integration, before, after, ...(movedFrom === undefined ? {} : { movedFrom }) }];
  });
}

/** What the record names now; only what is different is in the plan. */
function bundleBefore({ action, fields, consequence }: Change, wanted: string): string | undefined {
  if (consequence.kind === "canary") return consequence.beside;
  const bundle = fields.find(({ field }) => field === "bundle");
  if (bundle === undefined) return action === "create" ? undefined : wanted;
  return typeof bundle.from === "string" ? bundle.from : undefined;
}
