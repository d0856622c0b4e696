// The functions of the allow-list (schema/functions.ts), which are called by name.

import type { FunctionName } from "../../schema/functions.ts";
import type { Budget } from "./budget.ts";
import { createDateFunctions } from "./dates.ts";
import { createEncodingFunctions } from "./encodings.ts";
import { createListFunctions } from "./list-functions.ts";
import { createMoneyFunctions } from "./money.ts";
import { createNumberFunctions } from "./numbers.ts";
import { createObjectFunctions } from "./objects.ts";
import type { ToText } from "./operators.ts";
import { createPatterns } from "./patterns.ts";
import { createTextFunctions } from "./text-functions.ts";
import { createValueFunctions } from "./values.ts";

export function createFunctions(budget: Budget, text: ToText) {
  return {
    text,
    ...createValueFunctions(budget),
    ...createNumberFunctions(budget),
    ...createTextFunctions(budget),
    ...createPatterns(budget),
    ...createMoneyFunctions(budget),
    ...createDateFunctions(budget),
    ...createListFunctions(budget),
    ...createObjectFunctions(budget),
    ...createEncodingFunctions(budget),
  } satisfies Record<FunctionName, (...values: never[]) => unknown>;
}
