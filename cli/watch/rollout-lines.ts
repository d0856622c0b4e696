// The rollouts of a status, one line each: the canary's figures beside the stable bundle's, and what comes next.

import { counted, visible } from "../../control/units.ts";
import type { RolloutStatus } from "../../control/watch/rollout.ts";
import type { IntegrationStatus, Status } from "../../control/watch/status.ts";
import type { EditionCounts } from "../../schema/rollout.ts";
import type { Paint } from "../paint.ts";
import { age } from "./age.ts";

export function rolloutLines({ at, integrations }: Status, color: Paint): readonly string[] {
  const now = Date.parse(at);
  return integrations.flatMap((of) => (of.rollout === undefined ? [] : [rolloutLine(of, of.rollout, now, color)]));
}

function rolloutLine(of: IntegrationStatus, rollout: RolloutStatus, now: number, color: Paint): string {
  const { share, ageMs, state, stable, canary, decision } = rollout;
  const name = color.bold(`${of.tenant}/${of.integration}`);
  const what = `canary ${rollout.bundle.slice(0, 8)}, ${share / 100} %`;
  const since = decision === undefined ? "" : ` ${age(now - Date.parse(decision.at))} ago`;
  const by = decision?.by === undefined ? "" : ` by ${visible(decision.by)}`;
  const figures = `${countsText(canary)} · stable ${countsText(stable)}`;
  switch (state) {
    case "waiting":
      return `${name}  ${color.yellow(what)} waits for a worker to take it over`;
    case "running":
      return `${name}  ${color.yellow(what)} since ${age(ageMs)}: ${figures} · ${nextText(rollout)}`;
    case "promoted":
      return `${name}  ${color.green(`${what} was promoted${since}${by}`)}: ${visible(decision?.reason ?? "")} · the next apply writes it down`;
    case "rolled-back":
      return `${name}  ${color.red(`${what} was rolled back${since}${by}`)}: ${visible(decision?.reason ?? "")}${redriveText(of, rollout)}`;
    default:
      return state satisfies never;
  }
}

const countsText = ({ messages, errors, dead }: EditionCounts): string =>
  `${counted(messages, "message")}, ${counted(errors, "error")}, ${dead} dead`;

function nextText({ waitsFor, forMs, ageMs, messages, canary }: RolloutStatus): string {
  if (waitsFor === "time") return `promotes in ${age(forMs - ageMs)}`;
  return waitsFor === "traffic" ? `waits for traffic: ${canary.messages} of ${messages}` : "is decided now";
}

/** Those that died by it lie there until somebody brings them back, now by the stable bundle. */
const redriveText = ({ integration }: IntegrationStatus, { canary, bundle }: RolloutStatus): string =>
  canary.dead === 0 ? "" : ` · vrsky dlq redrive . --all --integration ${integration} --bundle ${bundle.slice(0, 12)}`;
