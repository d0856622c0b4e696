// Things of somebody else that stand where ours should. They are never touched: the plan is refused with their names.

import { jsonTexts } from "./compare.ts";
import type { ForeignStream, ObservedTenant } from "./observe.ts";
import { visible } from "./units.ts";
import { consumerName, streamLabel, type WantedTenant, wantedStreams } from "./wanted.ts";

/** One line for each conflict: what, where, what to do. */
export function conflicts(wanted: WantedTenant, live: ObservedTenant): readonly string[] {
  const streams = wantedStreams(wanted);
  const foreignConsumers = new Set(live.foreignConsumers);
  const all = [
    ...streams.flatMap(({ config }) => {
      const subjects = jsonTexts(config.subjects);
      return live.foreignStreams.flatMap((foreign) => streamConflict(config.name, subjects, foreign, wanted.tenant));
    }),
    ...wanted.consumers
      .map(consumerName)
      .filter((name) => foreignConsumers.has(name))
      .map(
        (name) =>
          `consumer ${name} of tenant ${wanted.tenant} exists and is not VRSky's: remove it or rename the target`,
      ),
    ...missing(wanted, live),
  ];
  // Of another workspace everything is in the way: that is said once.
  return [...new Set(all)];
}

/** What a `nats:` source reads is made by others, and before it is read. */
function missing(wanted: WantedTenant, live: ObservedTenant): readonly string[] {
  const there = new Set([
    ...wantedStreams(wanted).map(({ config }) => config.name),
    ...live.streams.map(({ name }) => name),
    ...live.foreignStreams.map(({ name }) => name),
  ]);
  return wanted.consumers
    .filter(({ stream }) => !there.has(stream))
    .map(({ stream, integration, target }) => {
      const { kind, name } = streamLabel(stream);
      return `${kind} ${name}, which source ${target} of ${wanted.tenant}/${integration} reads, is not in the account of tenant ${wanted.tenant}: make it first`;
    });
}

function streamConflict(
  name: string,
  subjects: readonly string[],
  foreign: ForeignStream,
  tenant: string,
): readonly string[] {
  const account = `the account of tenant ${tenant}`;
  if (foreign.name === name) {
    return foreign.workspace === undefined
      ? [`stream ${name} exists in ${account} and is not VRSky's: remove it or use another account`]
      : [
          `${account} belongs to workspace ${visible(foreign.workspace)}: destroy it there, or give the tenant an account of its own here`,
        ];
  }
  const taken = foreign.subjects.find((subject) => subjects.some((ours) => overlap(subject, ours)));
  if (taken === undefined) return [];
  return [
    `stream ${visible(foreign.name)} in ${account} takes ${visible(taken)}, which ${name} needs: narrow its subjects`,
  ];
}

/** True when some subject matches both patterns. */
function overlap(left: string, right: string): boolean {
  const a = left.split(".");
  const b = right.split(".");
  for (let i = 0; i < a.length && i < b.length; i++) {
    if (a[i] === ">" || b[i] === ">") return true;
    if (a[i] !== b[i] && a[i] !== "*" && b[i] !== "*") return false;
  }
  return a.length === b.length;
}
