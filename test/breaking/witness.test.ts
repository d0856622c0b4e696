// The sample that is shown with a breaking change: whatever two contracts say, it fits the one and ajv refuses it for
// the other; and what ajv refuses of simple changes has a sample.

import fc from "fast-check";
import { expect, test } from "vitest";
import { contractDifferences, shapesOf } from "../../compiler/contract/breaking.ts";
import { checkSchema } from "../../compiler/contract/schema.ts";
import { witness } from "../../compiler/contract/witness.ts";
import { oracle } from "../contract/run.ts";
import { schemas } from "../contract/schemas.ts";

const usable = schemas.filter((schema) => checkSchema(schema, () => undefined).length === 0);

test("a sample fits the one version and is refused by the other, in ajv's judgement", () => {
  let shown = 0;
  let said = 0;
  fc.assert(
    fc.property(usable, usable, (before, now) => {
      for (const { path, breaks } of contractDifferences({ schema: before }, { schema: now })) {
        for (const direction of breaks) {
          const [sender, reader] = direction === "stored" ? [before, now] : [now, before];
          said += 1;
          const message = witness(shapesOf({ schema: sender }), shapesOf({ schema: reader }), path);
          if (message === undefined) continue;
          shown += 1;
          expect(
            [oracle(sender)(message), oracle(reader)(message)],
            JSON.stringify({ sender, reader, message }),
          ).toEqual([true, false]);
        }
      }
    }),
    { numRuns: 40 },
  );
  // Patterns, and places that no message reaches, have none.
  expect(shown).toBeGreaterThan(said / 5);
});
