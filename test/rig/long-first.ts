// The files that take longest start first: one that starts last is waited for while the other cores have nothing to do.
// Vitest knows how long a file took the last time, but a fresh clone has no last time.

import { BaseSequencer, type TestSpecification } from "vitest/node";

/** By the processor time that they take, their children included, or the time that they wait; the rest needs no order. */
const long = [
  "cli/github-action",
  "compiler/hostile",
  "faults/faults",
  "cli/keys",
  "control/change-of-mind",
  "cli/gitops",
  "isolation/grants",
  "runtime/lease",
  "connectors/datasets",
  "compiler/again",
  "flow/file-kill",
  "cli/verbs",
  "control/rename",
  "flow/flow",
  "flow/stream-kill",
  "cli/dlq",
  "isolation/matrix",
  "expression/fuzz",
  "control/apply-operator",
  "cli/run",
  "control/apply",
  "control/migrate",
  "examples/demos",
  "runtime/follow",
  "runtime/order-kill",
  "control/revisions",
  "runtime/crash",
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
