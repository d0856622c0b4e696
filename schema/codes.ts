// The catalogue of diagnostic codes. A code is never reused and never changes its meaning; a retired one keeps its
// entry with `retired: true`. docs/diagnostics.md is written from this table, and a test asks that each code has a
// case that provokes it.
//
// 1xxx YAML · 2xxx spec · 3xxx expression · 4xxx types · 5xxx topology · 6xxx policy · 9xxx the compiler itself

import { compilerCodes } from "./codes/compiler.ts";
import { expressionCodes } from "./codes/expression.ts";
import { policyCodes } from "./codes/policy.ts";
import { specCodes } from "./codes/spec.ts";
import { topologyCodes } from "./codes/topology.ts";
import { typesCodes } from "./codes/types.ts";
import { yamlCodes } from "./codes/yaml.ts";

export const codes = {
  ...yamlCodes,
  ...specCodes,
  ...expressionCodes,
  ...typesCodes,
  ...topologyCodes,
  ...policyCodes,
  ...compilerCodes,
};

export type Code = keyof typeof codes;
