// Whether one stream holds everything that another one does: the question before anything is deleted. The copy is
// filled by the server as a mirror, which keeps sequences, times and headers.

import type { ControlFailure } from "../failure.ts";
import { call, callIfThere, type Requests, type StreamInfo } from "../jetstream-api.ts";

export interface Pace {
  /** Resolves after so many milliseconds. */
  readonly pause: (ms: number) => Promise<void>;
  /** Looks without any progress after which a copy is given up. */
  readonly patience: number;
  /** Told with each look: so many messages of the stream are in the copy, of how many. */
  readonly onCopied?: OnCopied;
}

export type OnCopied = (stream: string, copied: number, of: number) => void;

const lookMs = 50;

/**
 * Waits until the copy is complete. The origin is closed by then, but what it had already taken in may still be on its
 * way into it: its end must be the same twice, or grow by nothing but its own schedules.
 */
export async function awaitCopy(
  connection: Requests,
  from: string,
  to: string,
  { pause, patience, onCopied }: Pace,
): Promise<ControlFailure | undefined> {
  let end = -1;
  let copied = -1;
  for (let idle = 0; idle < patience; idle++) {
    // In this order: a schedule that fires in between must not be missed in both of its forms.
    const copy = await call<StreamInfo>(connection, `STREAM.INFO.${to}`);
    const origin = await call<StreamInfo>(connection, `STREAM.INFO.${from}`);
    onCopied?.(from, copy.state.messages, origin.state.messages);
    const calm = end === origin.state.last_seq || (end >= 0 && origin.config.allow_msg_schedules === true);
    if (calm && (await holdsAll(connection, origin, copy))) return undefined;
    if (copy.state.last_seq !== copied) idle = 0;
    end = origin.state.last_seq;
    copied = copy.state.last_seq;
    await pause(lookMs);
  }
  return {
    kind: "failed",
    message: `the copy of stream ${from} in ${to} does not become complete; nothing was deleted`,
  };
}

/** A mirror fills in order, so whoever has the last message has had them all; the count must say the same. */
async function holdsAll(connection: Requests, origin: StreamInfo, copy: StreamInfo): Promise<boolean> {
  if (copy.state.messages < origin.state.messages) return false;
  if (copy.state.last_seq >= origin.state.last_seq) return true;
  return (await nextAfter(connection, origin.config.name, copy.state.last_seq)) === undefined;
}

/** Whether the origin took in something behind the end of the copy. What its schedules fire, the copy's will fire too. */
export async function hasMore(connection: Requests, from: string, to: string): Promise<boolean> {
  const copy = await call<StreamInfo>(connection, `STREAM.INFO.${to}`);
  for (let last = copy.state.last_seq; ; ) {
    const next = await nextAfter(connection, from, last);
    if (next === undefined) return false;
    if (!next.scheduled) return true;
    last = next.sequence;
  }
}

async function nextAfter(connection: Requests, stream: string, sequence: number) {
  const query = { seq: sequence + 1, next_by_subj: ">" };
  const found = await callIfThere<{ message: { seq: number; hdrs?: string } }>(
    connection,
    `STREAM.MSG.GET.${stream}`,
    query,
  );
  if (found === undefined) return undefined;
  const text = Buffer.from(found.message.hdrs ?? "", "base64").toString("latin1");
  return { sequence: found.message.seq, scheduled: text.includes("\r\nNats-Scheduler:") };
}
