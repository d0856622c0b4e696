// The compiler itself.

import { entry } from "./entry.ts";

export const compilerCodes = {
  VRS9001: entry(
    "error",
    "Bug in the compiler",
    "A finding could not be tied to a place in the spec. Please report it with the spec.",
  ),
} as const;
