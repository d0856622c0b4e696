// A trace as people read it, and as JSON: hops in order, below each what became of the message at every target. Bodies
// and headers are previews in which what looks like a secret is left out.

import { visible } from "../../control/units.ts";
import type { Recomputed } from "../../control/watch/recompute.ts";
import { preview, redacted, redactedReads } from "../../control/watch/redact.ts";
import type { TargetTrace } from "../../control/watch/target-trace.ts";
import type { Hop, Trace } from "../../control/watch/trace.ts";
import type { Place } from "../../schema/bundle.ts";
import type { Paint } from "../paint.ts";
import { age } from "./age.ts";

/** Characters of a body; 0: neither bodies nor headers. */
export type Preview = number;

export function traceJson({ id, hops, history }: Trace, most: Preview): object {
  return {
    id,
    hops: hops.map(({ message, ...hop }) => ({
      ...hop,
      targets: hop.targets.map((target) => withoutPayload(target, most)),
      ...(message === undefined
        ? { beyondHistory: true }
        : { sequence: message.sequence, storedAt: message.storedAt, ...envelopeJson(message.envelope, most) }),
    })),
    ...(hops.length === 0 ? { history } : {}),
  };
}

/** What the failing expression read is a piece of the payload. */
function withoutPayload({ failure, ...trace }: TargetTrace, most: Preview): TargetTrace {
  if (failure === undefined) return trace;
  const { read, ...told } = failure;
  return { ...trace, failure: read === undefined || most === 0 ? told : { ...told, read: redactedReads(read) } };
}

function envelopeJson(envelope: NonNullable<Hop["message"]>["envelope"], most: Preview): object {
  const { source, receivedAt, bundle, contract, traceparent, headers, meta, body, error } = envelope;
  return {
    source,
    receivedAt,
    bundle,
    contract,
    ...(traceparent === undefined ? {} : { traceparent }),
    ...(error === undefined ? {} : { error }),
    ...(most === 0 ? {} : { headers: redacted(headers), meta: redacted(meta), body: preview(body, most) }),
  };
}

export function traceText({ id, hops }: Trace, most: Preview, now: number, color: Paint): readonly string[] {
  const traceId = hops.map(({ message }) => message?.envelope.traceparent?.split("-")[1]).find((each) => each);
  const head = `${color.bold(visible(id))}${traceId === undefined ? "" : color.dim(`  trace ${traceId}`)}`;
  return [head, ...hops.flatMap((hop) => hopLines(hop, most, now, color))];
}

function hopLines(hop: Hop, most: Preview, now: number, color: Paint): readonly string[] {
  const { tenant, integration, message, targets, notRecomputed } = hop;
  const name = color.bold(`${tenant}/${integration}`);
  const width = Math.max(0, ...targets.map((target) => nameOf(target).length));
  const lines = targets.map((target) => `  ${nameOf(target).padEnd(width)}  ${targetText(target, now, color)}`);
  const note = notRecomputed === undefined ? [] : [color.dim(`  not recomputed: ${visible(notRecomputed)}`)];
  if (message === undefined) {
    return [`${name}  its intake does not have the message any more; this was recorded beside it`, ...lines];
  }
  const { sequence, storedAt, envelope } = message;
  const { source, bundle, headers, body } = envelope;
  const from = source === "" ? "" : ` from ${source}`;
  const shown =
    most === 0
      ? []
      : [
          ...(Object.keys(headers).length === 0
            ? []
            : [color.dim(`  headers ${visible(JSON.stringify(redacted(headers)))}`)]),
          color.dim(`  body    ${preview(body, most)}`),
        ];
  const accepted = `accepted ${storedAt.slice(0, 23)}Z${from}, sequence ${sequence}`;
  return [`${name}  ${accepted}${bundle === "" ? "" : `, bundle ${bundle.slice(0, 8)}`}`, ...shown, ...note, ...lines];
}

const nameOf = ({ target, item, from }: TargetTrace): string => {
  const own = item === undefined ? "" : ` ${item}`;
  if (from !== undefined) return `  ${from}${own} → ${target}`;
  return item === undefined ? target : `  ${target}${own}`;
};

export const targetText = (trace: TargetTrace, now: number, color: Paint): string =>
  `${stateText(trace, now, color)}${redrivenText(trace)}`;

function redrivenText({ redriven }: TargetTrace): string {
  if (redriven === undefined) return "";
  const { number, by, at, patched } = redriven;
  const times = number === 1 ? "redriven" : `redriven ${number} times, last`;
  return `; ${times} by ${visible(by)} at ${at}${patched === true ? " with another body" : ""}`;
}

function stateText(trace: TargetTrace, now: number, color: Paint): string {
  const { state, attempts, at, dueAt, held, why, recomputed } = trace;
  const tries = attempts === undefined ? "" : ` after ${attempts} ${attempts === 1 ? "attempt" : "attempts"}`;
  const when = at === undefined ? "" : ` at ${at}`;
  switch (state) {
    case "waiting":
      return `${color.yellow("waiting")}${likely(recomputed)}`;
    case "in-flight":
      return `${color.yellow("in flight")}${likely(recomputed)}`;
    case "handed-out":
      return `${color.yellow("handed out")}; whether it has an outcome by now is not known${likely(recomputed)}`;
    case "suspect":
      return `${color.red("suspect")}: started before without an outcome, so it runs alone${bundleText(trace)}`;
    case "parked":
      return `${color.yellow(held ? "parked at the head of its partition" : "parked")}${tries}, next in ${age(Date.parse(dueAt ?? "") - now)}${failureText(trace)}`;
    case "due":
      return `${color.yellow("due")}${tries}, waits for a worker or is in hand${failureText(trace)}`;
    case "delivered":
      return `${color.green("delivered")}${when}`;
    case "dropped":
      return `${color.green("dropped")}${when}`;
    case "dead":
      return `${color.red("dead")}${tries}${when}${failureText(trace)}`;
    case "done":
      return doneText(recomputed, color);
    case "unknown":
      return `${color.yellow("unknown")}: ${why ?? "nothing was recorded"}`;
    default:
      return state satisfies never;
  }
}

/** It succeeded, or was dropped, the first time: that is recomputed, not read. */
function doneText(recomputed: Recomputed | undefined, color: Paint): string {
  switch (recomputed?.kind) {
    case "delivers": {
      const { unless } = recomputed;
      const perhaps = unless === undefined ? "" : `, or ${unless.join(" or ")} and given up by its on-error`;
      return `${color.green("delivered")}${perhaps} ${color.dim("(recomputed)")}`;
    }
    case "drops":
      return `${color.green("dropped")} by ${recomputed.reason}${placeText(recomputed.place)} ${color.dim("(recomputed)")}`;
    case "splits":
      return `${color.green("done")}, ${recomputed.items.length} items`;
    case "fails": {
      const failure = `${visible(recomputed.message)}${placeText(recomputed.place)}`;
      return `${color.yellow("done")}: its steps fail (${failure}), so its on-error took it, or its dead letter is gone`;
    }
    case "unknown":
      return `${color.green("done")}: delivered or dropped; ${visible(recomputed.why)}`;
    case undefined:
      return `${color.green("done")}: delivered or dropped`;
    default:
      return recomputed satisfies never;
  }
}

const likely = (recomputed: Recomputed | undefined): string =>
  recomputed?.kind === "drops" ? `; its ${recomputed.reason}${placeText(recomputed.place)} will drop it` : "";

function failureText(trace: TargetTrace): string {
  const { failure, firstFailureAt, possiblyDelivered } = trace;
  if (failure === undefined) return bundleText(trace);
  const since = firstFailureAt === undefined ? "" : ` since ${firstFailureAt}`;
  const perhaps = possiblyDelivered ? "; the target may have it" : "";
  return `: ${failure.class}${since}: ${visible(failure.message)}${placeText(failure.place)}${perhaps}${bundleText(trace)}`;
}

const bundleText = ({ bundle }: TargetTrace): string =>
  bundle === undefined || bundle === "" ? "" : `, bundle ${bundle.slice(0, 8)}`;

const placeText = (place: Place | undefined): string =>
  place === undefined ? "" : ` at ${place.file}:${place.line}:${place.column}`;
