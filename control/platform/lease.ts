// The lease on a workspace: one apply at a time. It is a message with a time to live that its holder renews, and whose
// sequence is the fence: who finds another sequence there has lost it. A holder that was stopped too long notices by its
// own clock and makes no further change.

import { headers, type NatsConnection, nuid } from "@nats-io/transport-node";
import * as address from "../../schema/address.ts";
import { isJsonObject } from "../../schema/json.ts";
import { lastMessage } from "../direct.ts";
import { type ControlFailure, failed, type Result, success } from "../failure.ts";
import { callIfThere, isConflict, publish } from "../jetstream-api.ts";
import { visible } from "../units.ts";

/** Who changes what, for history, audit and for whoever has to wait. */
export interface Actor {
  /** `ann@laptop`, or what CI says. */
  readonly by: string;
  /** Commit of the workspace, when it is known. */
  readonly commit?: string;
}

export interface LeaseClock {
  now(): Date;
  /** Milliseconds that only go forward. */
  monotonic(): number;
  after(ms: number, run: () => void): () => void;
}

export interface Lease {
  /** Undefined while it is held for certain; to be asked before every change. */
  lost(): ControlFailure | undefined;
  release(): Promise<void>;
}

export interface LeaseOptions extends Actor {
  readonly workspace: string;
  readonly clock: LeaseClock;
  /** Whole seconds; 30 unless told. */
  readonly seconds?: number;
}

/** Refused with `locked` while somebody else holds it. Throws what the server says of anything else. */
export async function takeLease(platform: NatsConnection, options: LeaseOptions): Promise<Result<Lease>> {
  const { workspace, clock, seconds = 30 } = options;
  const subject = address.leaseSubject(workspace);
  const { by, commit } = options;
  const body = JSON.stringify({ id: nuid.next(), by, commit, since: clock.now().toISOString() });
  let asked = clock.monotonic();
  const first = await write(platform, subject, body, 0, seconds);
  if (first === undefined) return failed(await locked(platform, subject, workspace, seconds));
  let held = { sequence: first, until: asked + seconds * 1000 };
  let gone = false;
  let ended = false;
  let cancel: () => void = () => undefined;
  let renewing = Promise.resolve();

  const renew = async (): Promise<void> => {
    asked = clock.monotonic();
    const sequence = await write(platform, subject, body, held.sequence, seconds)
      .then((written) => written ?? ours(platform, subject, body))
      .catch(() => "unknown" as const);
    if (sequence === undefined) gone = true;
    else if (sequence !== "unknown") held = { sequence, until: asked + seconds * 1000 };
    if (!gone && !ended) later();
  };
  const later = (): void => {
    cancel = clock.after((seconds * 1000) / 3, () => {
      renewing = renew();
    });
  };
  later();

  return success({
    lost: () => {
      // A change that begins now must have arrived before somebody else may begin.
      if (!gone && clock.monotonic() < held.until - (seconds * 1000) / 6) return undefined;
      return { kind: "locked", message: `the lease on workspace ${workspace} was lost; nothing more was changed` };
    },
    release: async () => {
      ended = true;
      cancel();
      await renewing;
      if (gone) return;
      await callIfThere(platform, `STREAM.MSG.DELETE.${address.nowStream}`, { seq: held.sequence, no_erase: true });
    },
  });
}

/** Takes it from whoever holds it: for a holder that is known to be dead. */
export async function breakLease(platform: NatsConnection, workspace: string): Promise<void> {
  await callIfThere(platform, `STREAM.PURGE.${address.nowStream}`, { filter: address.leaseSubject(workspace) });
}

/** An earlier renewal may have been stored although its answer was lost. */
async function ours(platform: NatsConnection, subject: string, body: string): Promise<number | undefined> {
  const there = await lastMessage(platform, address.nowStream, subject);
  return there !== undefined && new TextDecoder().decode(there.body) === body ? there.sequence : undefined;
}

/** Its sequence; undefined when another message is there than was expected. */
async function write(
  platform: NatsConnection,
  subject: string,
  body: string,
  expected: number,
  seconds: number,
): Promise<number | undefined> {
  const fields = headers();
  fields.set("Nats-Expected-Last-Subject-Sequence", `${expected}`);
  fields.set("Nats-TTL", `${seconds}s`);
  try {
    return await publish(platform, subject, body, fields);
  } catch (error) {
    if (isConflict(error)) return undefined;
    throw error;
  }
}

async function locked(
  platform: NatsConnection,
  subject: string,
  workspace: string,
  seconds: number,
): Promise<ControlFailure> {
  const holder = await lastMessage(platform, address.nowStream, subject);
  const { by = "somebody", since = "a moment ago" } = readHolder(holder?.body);
  return {
    kind: "locked",
    message: `workspace ${workspace} is being changed by ${by} since ${since}; if that one was killed, its lease ends within ${seconds} s`,
  };
}

function readHolder(body: Uint8Array | undefined): { readonly by?: string; readonly since?: string } {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(body));
    if (!isJsonObject(value)) return {};
    const { by, since } = value;
    return {
      ...(typeof by === "string" ? { by: visible(by) } : {}),
      ...(typeof since === "string" ? { since: visible(since) } : {}),
    };
  } catch {
    return {};
  }
}
