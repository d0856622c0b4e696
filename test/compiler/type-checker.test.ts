// A checker that stays open must say what a fresh one says, whatever came and went before.

import fc from "fast-check";
import { expect, test } from "vitest";
import { createTypeChecker } from "../../compiler/4-check/type-checker.ts";

const globals = ["Array<T>", "Boolean", "CallableFunction", "Function", "IArguments", "NewableFunction", "Number"];
const library = [...globals, "Object", "RegExp", "String"].map((name) => `interface ${name} {}`).join("\n");

const text = fc.constantFrom(
  "export const a: number = 1;",
  "export const a: number = 'x';",
  "export  const  bb: string = 1;",
  "// longer than the others\n\n\nexport const z: boolean = 7;",
);

test("what was changed, removed and brought back is checked as it is now", () => {
  const rounds = fc.array(fc.dictionary(fc.constantFrom("a/worker.ts", "b/worker.ts"), text), {
    minLength: 2,
    maxLength: 6,
  });
  fc.assert(
    fc.property(rounds, (sets) => {
      const staying = createTypeChecker();
      try {
        for (const modules of sets.map((set) => new Map(Object.entries(set)))) {
          const fresh = createTypeChecker();
          const wanted = fresh.check(library, modules);
          fresh.close();
          expect(staying.check(library, modules)).toEqual(wanted);
        }
      } finally {
        staying.close();
      }
    }),
    { numRuns: 30 },
  );
});
