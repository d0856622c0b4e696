// The allow-list of expressions, declared once (by subject, in functions/): it gives the checker's types, the run
// time's obligations, the docs and, later, completion. A name that is not here does not exist for an author.

import { dateFunctions } from "./functions/dates.ts";
import { encodingFunctions } from "./functions/encodings.ts";
import type { FunctionEntry } from "./functions/entry.ts";
import { listFunctions } from "./functions/lists.ts";
import { callbackParameters, listMethods, numberMethods, stringMethods } from "./functions/methods.ts";
import { moneyFunctions } from "./functions/money.ts";
import { numberFunctions } from "./functions/numbers.ts";
import { objectFunctions } from "./functions/objects.ts";
import { textFunctions } from "./functions/texts.ts";
import { valueFunctions } from "./functions/values.ts";

export { callbackParameters, listMethods, numberMethods, stringMethods };

/** Called by name: `round(x)`. No function carries the name of a method: the run time keeps both in one record. */
export const functions = {
  ...valueFunctions,
  ...numberFunctions,
  ...textFunctions,
  ...moneyFunctions,
  ...dateFunctions,
  ...listFunctions,
  ...objectFunctions,
  ...encodingFunctions,
} as const satisfies Record<string, FunctionEntry> & { readonly [Name in MethodName]?: never };

export type FunctionName = keyof typeof functions;

export type MethodName = keyof typeof stringMethods | keyof typeof numberMethods | keyof typeof listMethods;

export type CallbackMethod = keyof typeof callbackParameters;

export function isFunctionName(name: string): name is FunctionName {
  return Object.hasOwn(functions, name);
}

export function isMethodName(name: string): name is MethodName {
  return Object.hasOwn(stringMethods, name) || Object.hasOwn(numberMethods, name) || Object.hasOwn(listMethods, name);
}

export function isCallbackMethod(name: string): name is CallbackMethod {
  return Object.hasOwn(callbackParameters, name);
}
