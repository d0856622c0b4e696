// The files that take longest start first: one that starts last is waited for while the other cores have nothing to do.
// Vitest knows how long a file took the last time, but a fresh clone has no last time.

import { BaseSequencer, type TestSpecification } from "vitest/node";

/** By the seconds that they take alone; those of a few seconds need no order. */
const long = [
  "cli/github-action",
  "compiler/hostile",
  "compiler/again",
  "cli/gitops",
  "expression/fuzz",
  "faults/faults",
  "isolation/matrix",
  "cli/verbs",
  "control/change-of-mind",
  "control/apply",
  "runtime/crash",
  "runtime/lease",
  "runtime/order-kill",
  "cli/dlq",
];

const rank = ({ moduleId }: TestSpecification): number => {
  const at = long.findIndex((name) => moduleId.endsWith(`test/${name}.test.ts`));
  return at < 0 ? long.length : at;
};

export class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return [...(await super.sort(files))].sort((a, b) => rank(a) - rank(b));
  }
}
