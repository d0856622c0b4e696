// Many messages of one source in their order: stored from the first to the last, or up to one that is not. Where the
// worker or the tenant's quota has no room, the source waits: it has nobody in front of it whose patience ends.

import type { Accepted, Incoming } from "../schema/connector.ts";
import { type Door, letGo, occupy, prepare, type Ready, toEvent, unavailable } from "./accept.ts";
import { pause } from "./clock.ts";
import { mostBytes } from "./commit.ts";
import type { Context } from "./context.ts";
import type { Program } from "./program.ts";
import { reasonOf } from "./start-failure.ts";

export interface Sender {
  readonly source: string;
  /** Aborted: what waits for room is not stored any more. */
  readonly signal: AbortSignal;
  /** False once another worker may have the source. */
  mayStore(): boolean;
}

type Storable = Extract<Ready, { kind: "ready" }>;

/** Never rejects. */
export async function acceptAll(
  context: Context,
  program: () => Program,
  { source, signal, mayStore }: Sender,
  door: Door,
  messages: readonly Incoming[],
): Promise<readonly Accepted[]> {
  const done: Accepted[] = [];
  let last: Accepted | undefined;
  while (done.length < messages.length && (last === undefined || last.kind === "stored")) {
    if (!mayStore()) {
      last = notOurs;
      break;
    }
    const answers = await some(context, program(), { source, signal, mayStore }, door, messages.slice(done.length));
    for (const answer of answers) {
      done.push(answer);
      last = answer;
      const event = toEvent(answer, source);
      if (event !== undefined) context.tell(event);
      if (answer.kind !== "stored") break;
    }
  }
  await Promise.all(messages.map((message, index) => letGo(message, done[index] ?? notTried)));
  const untried = last?.kind === "unavailable" ? last : unavailable("a message before it is not stored");
  return messages.map((_, index) => done[index] ?? untried);
}

const notTried = { kind: "invalid", issues: [] } as const;

/** The first of them: at least one answer, the last of which may be that it is not stored. */
async function some(
  context: Context,
  program: Program,
  sender: Sender,
  door: Door,
  messages: readonly Incoming[],
): Promise<readonly Accepted[]> {
  try {
    const { ready, refused } = prepared(context, program, sender.source, messages);
    if (ready.length === 0) return refused === undefined ? [] : [refused];
    const stored = await storeTogether(context, sender, door, ready);
    return refused === undefined || stored.length < ready.length ? stored : [...stored, refused];
  } catch (error) {
    context.log.warn({ source: sender.source, error: reasonOf(error) }, "messages could not be taken in");
    return [unavailable("an error in the worker; its log says more")];
  }
}

interface Prepared {
  readonly ready: readonly Storable[];
  /** The one behind them. */
  readonly refused?: Accepted;
}

/** As many as one write takes, or those in front of one that is invalid. */
function prepared(context: Context, program: Program, source: string, messages: readonly Incoming[]): Prepared {
  const ready: Storable[] = [];
  let bytes = 0;
  for (const message of messages.slice(0, context.limits.commitMessages)) {
    const each = prepare(context, program, source, message);
    if (each.kind === "invalid") return { ready, refused: each };
    bytes += each.size;
    // What lies in chunks goes by itself.
    const large = each.message.chunks !== undefined;
    if (ready.length > 0 && (large || bytes > mostBytes)) break;
    ready.push(each);
    if (large) break;
  }
  return { ready };
}

async function storeTogether(
  context: Context,
  sender: Sender,
  door: Door,
  wanted: readonly Storable[],
): Promise<readonly Accepted[]> {
  const ready = wanted.slice(0, await inPace(context, wanted.length, sender.signal));
  const bytes = ready.reduce((sum, { size }) => sum + size, 0);
  if (ready.length === 0 || !(await roomFor(context, door, ready.length, bytes, sender.signal))) return [stopping];
  const leave = occupy(door, ready.length, bytes);
  try {
    if (context.crash) await context.crash("before-store");
    if (!sender.mayStore()) return [notOurs];
    const committed = await door.committer.commitAll(ready);
    if (context.crash) await context.crash("after-store");
    return committed.map((each, index) =>
      each.kind === "stored" ? { ...each, id: ready[index]?.id ?? "" } : unavailable(each.reason),
    );
  } finally {
    leave();
  }
}

const stopping = unavailable("the source is stopping");
export const notOurs = unavailable("another worker may have the source");

/** False: aborted meanwhile. What is larger than all there is gets in alone. */
async function roomFor(
  { limits }: Context,
  door: Door,
  messages: number,
  bytes: number,
  signal: AbortSignal,
): Promise<boolean> {
  const fits = (): boolean =>
    door.messages === 0 ||
    (door.messages + messages <= limits.acceptMessages && door.bytes + bytes <= limits.acceptBytes);
  while (!signal.aborted && !fits()) {
    await new Promise<void>((resolve) => {
      const done = (): void => {
        door.waiting.delete(done);
        signal.removeEventListener("abort", done);
        resolve();
      };
      door.waiting.add(done);
      signal.addEventListener("abort", done);
    });
  }
  return !signal.aborted;
}

/** How many of them may go: one at least, once there is room for it; none when aborted meanwhile. */
async function inPace({ pace, clock }: Context, messages: number, signal: AbortSignal): Promise<number> {
  for (let taken = 0; !signal.aborted; ) {
    const wait = taken < messages ? pace.take() : 1;
    if (wait <= 0) taken += 1;
    else if (taken > 0) return taken;
    else await pause(clock, wait, signal);
  }
  return 0;
}
