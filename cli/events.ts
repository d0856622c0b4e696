// One line per event: the trace of each message as it passes.

import { visible } from "../control/units.ts";
import type { Place } from "../schema/bundle.ts";
import type { RunEvent } from "../schema/outcome.ts";
import type { Paint } from "./paint.ts";

export function eventLine(event: RunEvent, color: Paint): string {
  const time = color.dim(event.at.slice(11, 23));
  const who = color.bold(event.integration.padEnd(20));
  switch (event.kind) {
    case "accepted":
      return `${time}  ${who} ${color.blue("in  ")} ${event.source} → ${short(event.id)}${event.duplicate ? color.yellow(" (known already)") : ""}`;
    case "refused":
      return `${time}  ${who} ${color.red("no  ")} ${event.source}: ${visible(event.reason)}`;
    case "outcome":
      return `${time}  ${who} ${outcome(event, color)}`;
    case "reply": {
      const cost = color.dim(`${Math.round(event.durationMs)} ms`);
      const said = event.class === undefined ? event.result : `${event.result}: ${event.class}`;
      return `${time}  ${who} ${color.blue("back")} ${event.source} ← ${short(event.id)}  ${said}  ${cost}`;
    }
    case "batch": {
      const { target, batch, count, result, durationMs } = event;
      const cost = color.dim(`${Math.round(durationMs)} ms`);
      return `${time}  ${who} ${color.blue("list")} ${count} → ${target}  ${result} as ${batch.slice(0, 8)}…  ${cost}`;
    }
    case "breaker":
      return `${time}  ${who} ${breaker(event, color)}`;
    case "source":
      return `${time}  ${who} ${source(event, color)}`;
    case "rollout":
      return `${time}  ${who} ${rollout(event, color)}`;
  }
}

function outcome(event: Extract<RunEvent, { kind: "outcome" }>, color: Paint): string {
  const { outcome: result, target, id, attempt, durationMs } = event;
  const what = `${short(id)} → ${target}`;
  const cost = color.dim(`attempt ${attempt}, ${Math.round(durationMs)} ms`);
  switch (result.kind) {
    case "delivered":
      return `${color.green("ok  ")} ${what}  ${cost}`;
    case "dropped":
      return `${color.dim("drop")} ${what}  ${color.dim(`by ${result.reason}${placed(result.place)}`)}`;
    case "retry":
      return `${color.yellow("wait")} ${what}  ${visible(result.failure.message)}${placed(result.failure.place)}; again at ${result.dueAt.slice(11, 23)}  ${cost}`;
    case "dead":
      return `${color.red("dead")} ${what}  ${visible(result.letter.failure.message)}${placed(result.letter.failure.place)}  ${cost}`;
    case "lost": {
      const why = result.failure === undefined ? lostBy[result.reason] : visible(result.failure.message);
      return `${color.red("lost")} ${what}  ${why}${placed(result.failure?.place)}  ${cost}`;
    }
  }
}

const lostBy = {
  failed: "it failed",
  overload: "more came than may wait",
  stopped: "the worker stopped before its turn",
} as const;

function breaker(event: Extract<RunEvent, { kind: "breaker" }>, color: Paint): string {
  const { target, failure, until } = event;
  switch (event.state) {
    case "open":
      return `${color.red("open")} ${target} does not answer, nothing is sent until ${until?.slice(11, 23)}: ${visible(failure?.message ?? "")}`;
    case "half-open":
      return `${color.yellow("try ")} ${target}: one message`;
    case "closed":
      return `${color.green("back")} ${target} answers again`;
  }
}

function source(event: Extract<RunEvent, { kind: "source" }>, color: Paint): string {
  const { source: name, reason = "", help } = event;
  switch (event.condition) {
    case "running":
      return `${color.green("runs")} ${name}`;
    case "disconnected":
      return `${color.yellow("away")} ${name} is not connected, it is tried again: ${visible(reason)}`;
    case "halted":
      return `${color.red("halt")} ${name}: ${visible(reason)}${help ? `; ${visible(help)}` : ""}`;
    case "waiting":
      return `${color.dim("wait")} ${name}: ${visible(reason)}`;
  }
}

function rollout({ state, bundle, share, reason = "" }: Extract<RunEvent, { kind: "rollout" }>, color: Paint): string {
  const what = bundle.slice(0, 8);
  switch (state) {
    case "started":
      return `${color.yellow("try ")} bundle ${what} runs on ${share / 100} % of the keys`;
    case "promoted":
      return `${color.green("all ")} bundle ${what} is promoted: ${visible(reason)}`;
    case "rolled-back":
      return `${color.red("back")} bundle ${what} is given up: ${visible(reason)}`;
  }
}

const placed = (place: Place | undefined): string => (place === undefined ? "" : ` ${place.file}:${place.line}`);

/** Ids come from senders: none may write a line of its own here. */
const short = (id: string): string => visible(id.length > 28 ? `${id.slice(0, 27)}…` : id);
