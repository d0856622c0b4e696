// One rollout as one worker takes part in it: it tells what its two editions came to, and obeys what was decided. There
// is no worker that leads: whoever adds figures which decide it writes the decision with them, and the compare-and-set
// lets in one that has seen all the others.

import { nuid } from "@nats-io/nats-core";
import { steadyNow } from "../../schema/connector.ts";
import {
  type Canary,
  type Decision,
  nothingCounted,
  plus,
  type RolloutRecord,
  sameRollout,
  sumOf,
} from "../../schema/rollout.ts";
import { isoTime } from "../clock.ts";
import type { Context } from "../context.ts";
import { reasonOf } from "../start-failure.ts";
import { judge } from "./judge.ts";
import { begun, readStanding, since, withCounts, writeStanding } from "./standing.ts";

/** What it does to the integration. */
export interface Acts {
  /** The canary gets its share. Throws a StartFailure. */
  start(): Promise<void>;
  /** It gets nothing any more. */
  stop(): Promise<void>;
  /** It gets everything. Throws a StartFailure, and both go on as before. */
  promote(): Promise<void>;
}

export interface RollingOut {
  readonly canary: Canary;
  /** Once it is known here. */
  decision(): Decision | undefined;
  /** Told as it was: another takes its place, or the worker stops. */
  end(): Promise<void>;
}

/** So many looks without anything new, and it is written all the same that time goes by. */
const quietLooks = 5;
/** Others may write at the same time. */
const mostTries = 8;
const gatherMs = 20;

/** `cannot`: why this worker cannot start the canary. */
export function rollOut(context: Context, canary: Canary, acts: Acts, cannot?: string): RollingOut {
  const { clock, link, limits, integration, log, tally } = context;
  const me = nuid.next();
  let state: "unknown" | "on" | "obeying" | "decided" = "unknown";
  let ending = false;
  let decision: Decision | undefined;
  let unable = cannot;
  /** Of mine, what the record has under my name, and what it has among the others since I was quiet for long. */
  let stored = nothingCounted;
  let folded = nothingCounted;
  let age = { ms: 0, at: steadyNow(clock) };
  let seen = { sequence: -1, at: steadyNow(clock) };
  let cancel: () => void = () => undefined;
  let looking: Promise<void> | undefined;
  let again = false;
  let complaint = "";

  const wake = (ms: number): void => {
    cancel();
    if (!ending) cancel = clock.after(ms, look);
  };
  const watched = tally.watch(canary.bundle, () => {
    if (looking === undefined && !again) wake(gatherMs);
    again = true;
  });
  const ageNow = (): number => age.ms + steadyNow(clock) - age.at;
  const about = { bundle: canary.bundle, share: canary.share };

  const start = async (): Promise<void> => {
    if (state !== "unknown" || unable !== undefined || ending) return;
    try {
      await acts.start();
      state = "on";
      log.info({ ...about, revision: canary.revision }, "a canary runs on a share of the keys");
      context.tell({ kind: "rollout", state: "started", ...about });
    } catch (error) {
      unable = reasonOf(error);
    }
  };
  /** Not waited for: who ends the rollout has its turn at the integration, and would wait for itself. */
  const obey = (decided: Decision): void => {
    if (decision === undefined) tellDecision(context, canary, decided);
    decision = decided;
    if (ending) return;
    state = "obeying";
    const acting = decided.kind === "promoted" ? acts.promote() : acts.stop();
    acting.then(
      () => {
        state = "decided";
      },
      (error: unknown) => {
        state = "on";
        log.warn({ ...about, reason: reasonOf(error) }, "the canary cannot take the stable bundle's place here yet");
        wake(quietLooks * limits.rolloutMs);
      },
    );
  };
  /** What is to be written over what was read; undefined: nothing is new. */
  const toWrite = (record: RolloutRecord): RolloutRecord | undefined => {
    if (record.workers[me] === undefined) [folded, stored] = [plus(folded, stored), nothingCounted];
    const mine = since(watched.counts(), folded);
    const quiet = steadyNow(clock) - seen.at < quietLooks * limits.rolloutMs;
    const next = { ...withCounts(record, me, mine), ageMs: Math.max(record.ageMs, Math.round(ageNow())) };
    const decided = decide(next);
    if (decided === undefined && quiet && JSON.stringify(mine) === JSON.stringify(stored)) return undefined;
    return decided === undefined ? next : { ...next, decision: decided };
  };
  const decide = (record: RolloutRecord): Decision | undefined => {
    const at = isoTime(clock.now());
    if (unable !== undefined)
      return { kind: "rolled-back", at, reason: context.mask(`a worker cannot start it: ${unable}`) };
    const judged = judge(canary, record.ageMs, sumOf(record));
    return judged.kind === "goes-on" ? undefined : { kind: judged.kind, at, reason: judged.reason };
  };

  /** Said once: where the rights are missing it stays so, and nothing else shows it. */
  const unreachable = (reason: string): true => {
    if (complaint !== reason) log.warn({ ...about, reason }, "how a rollout stands cannot be read or written");
    complaint = reason;
    return true;
  };

  /** True once there is nothing more to do now. */
  const step = async (): Promise<boolean> => {
    if (decision !== undefined) {
      if (state === "on" || state === "unknown") obey(decision);
      return true;
    }
    const standing = await readStanding(link.requests, integration);
    if (standing.kind === "unavailable") return unreachable(standing.reason);
    const { sequence, record } = standing;
    if (seen.sequence !== sequence) seen = { sequence, at: steadyNow(clock) };
    const ours = record !== undefined && sameRollout(record, canary);
    // The records of deployments tell of a newer one soon.
    if (record !== undefined && !ours && isNewer(record, canary)) return true;
    if (ours && record.decision !== undefined) {
      obey(record.decision);
      return true;
    }
    // Until it is begun here no time has passed: NATS may have been away.
    const known = ours ? record.ageMs : 0;
    if (state === "unknown" || known > ageNow()) age = { ms: known, at: steadyNow(clock) };
    // The answer to the last write may have been lost; and a record that is begun anew holds nothing of mine.
    if (!ours) [folded, stored] = [nothingCounted, nothingCounted];
    else stored = record.workers[me] ?? stored;
    if (ours) await start();
    const next = toWrite(ours ? record : begun(canary));
    if (next === undefined) return true;
    const published = await writeStanding(link.requests, integration, next, sequence);
    if (published.kind === "unavailable") return unreachable(published.reason);
    if (published.kind === "conflict") return false;
    complaint = "";
    stored = next.workers[me] ?? nothingCounted;
    seen = { sequence: published.sequence, at: steadyNow(clock) };
    if (next.decision !== undefined) obey(next.decision);
    else await start();
    return true;
  };
  const takeSteps = async (): Promise<void> => {
    for (let tries = 0; tries < mostTries; tries += 1) if (await step()) return;
  };
  const look = (): void => {
    again = false;
    looking ??= takeSteps()
      .catch((error: unknown) => log.warn({ ...about, reason: reasonOf(error) }, "a rollout cannot go on here yet"))
      .finally(() => {
        looking = undefined;
        if (state !== "decided" && state !== "obeying") wake(again ? gatherMs : limits.rolloutMs);
      });
  };
  look();

  return {
    canary,
    decision: () => decision,
    end: async () => {
      if (ending) return;
      ending = true;
      cancel();
      await looking;
      if (decision === undefined && link.connected()) await takeSteps().catch(() => undefined);
      watched.end();
    },
  };
}

function tellDecision({ log, tell }: Context, { bundle, share }: Canary, { kind, reason, by }: Decision): void {
  const fields = { bundle, share, reason, ...(by === undefined ? {} : { by }) };
  if (kind === "promoted") log.info(fields, "the canary is promoted: it runs everything");
  else log.warn(fields, "the canary is given up: the stable bundle runs everything");
  tell({ kind: "rollout", state: kind, bundle, share, reason });
}

/** As of deployment records: a bucket that was made anew counts from 1 again. */
const isNewer = (record: RolloutRecord, than: Canary): boolean =>
  record.revision > than.revision && !(Date.parse(record.at) < Date.parse(than.at));
