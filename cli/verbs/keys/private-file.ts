// Files with a secret: never where git would take them.

import { insideGit } from "../../../control/keys/guard.ts";
import { exit, type Refusal, refuse } from "../../exit.ts";

export function refuseInGit(file: string): Refusal | undefined {
  const why = insideGit(file);
  return why === undefined ? undefined : refuse(exit.refused, `Not written: ${why}.`).refusal;
}
