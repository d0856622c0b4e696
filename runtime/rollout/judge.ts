// What the figures of two editions are worth: whether the canary goes on, is promoted or is given up. Before its time is
// over only what chance does not explain ends it; at the end the plain rates decide.

import type { EditionCounts, RolloutTerms, SideBySide } from "../../schema/rollout.ts";

export type Judgement =
  | { readonly kind: "goes-on"; readonly waitsFor: "time" | "traffic" }
  | { readonly kind: "promoted" | "rolled-back"; readonly reason: string };

/** So seldom would a bundle that keeps to its limit look as bad by chance. */
const chance = 0.001;

export function judge(terms: RolloutTerms, ageMs: number, { stable, canary }: SideBySide): Judgement {
  const { dead, errors } = terms.abortWhen;
  const deaths = tooManyDead(dead, stable, canary);
  if (deaths !== undefined) return { kind: "rolled-back", reason: deaths };
  const limit = errors.percent / 100 + (errors.beyond ? rateOf(stable.errors, stable) : 0);
  const tooMany = (): Judgement => ({ kind: "rolled-back", reason: `${failing(canary)}, ${limitText(terms, stable)}` });
  if (canary.errors > 0 && isSure(canary.errors, canary.attempts * limit)) return tooMany();
  if (ageMs < terms.forMs) return { kind: "goes-on", waitsFor: "time" };
  if (canary.messages < terms.messages) return { kind: "goes-on", waitsFor: "traffic" };
  if (rateOf(canary.errors, canary) > limit) return tooMany();
  return { kind: "promoted", reason: `${canary.messages} messages, ${canary.errors} errors, ${canary.dead} dead` };
}

function tooManyDead(most: number | undefined, stable: EditionCounts, canary: EditionCounts): string | undefined {
  const letters = canary.dead === 1 ? "1 dead letter" : `${canary.dead} dead letters`;
  if (canary.dead === 0) return undefined;
  if (most !== undefined) return canary.dead >= most ? `${letters}, the limit is ${most}` : undefined;
  if (!isSure(canary.dead, canary.attempts * rateOf(stable.dead, stable))) return undefined;
  return `${letters} of ${canary.attempts} attempts, and ${stable.dead} of ${stable.attempts} by the stable bundle`;
}

const failing = ({ errors, attempts }: EditionCounts): string => `${errors} of ${attempts} attempts failed`;

function limitText({ abortWhen: { errors } }: RolloutTerms, stable: EditionCounts): string {
  if (!errors.beyond) return `the limit is ${errors.percent} %`;
  const points = errors.percent === 1 ? "1 point" : `${errors.percent} points`;
  return `the limit is ${points} above the stable bundle's ${stable.errors} of ${stable.attempts}`;
}

const rateOf = (count: number, { attempts }: EditionCounts): number => (attempts === 0 ? 0 : count / attempts);

/** That so many are not the chance of a Poisson process with that mean. */
function isSure(count: number, mean: number): boolean {
  return atLeast(count, mean) < chance;
}

/** Beyond this the tail of the normal distribution is as good, and does not take the longer the more there were. */
const mostSummed = 1_000;

/** Probability of `count` or more where `mean` are expected; in logarithms, since large means vanish otherwise. */
export function atLeast(count: number, mean: number): number {
  if (count <= 0) return 1;
  if (mean <= 0) return 0;
  if (count <= mean) return 1;
  if (count > mostSummed) return tail(count * Math.log(count / mean) - (count - mean));
  let term = -mean;
  for (let k = 1; k <= count; k += 1) term += Math.log(mean / k);
  let sum = 0;
  for (let k = count, one = Math.exp(term); one > sum * 1e-12; k += 1, one *= mean / k) sum += one;
  return Math.min(1, sum);
}

/** Of `divergence` = z²/2, from above; exact to some per cent where it counts. */
function tail(divergence: number): number {
  const z = Math.sqrt(2 * Math.max(0, divergence));
  return z < 1 ? 1 : Math.exp(-divergence) / (z * Math.sqrt(2 * Math.PI));
}
