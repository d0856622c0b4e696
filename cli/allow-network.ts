// What is wrong with a `--allow-network`, told before anything is started.

import { networks } from "../connectors/network.ts";
import { exit, type Refusal } from "./exit.ts";

export function networkRefusal(allowed: readonly string[]): Refusal | undefined {
  try {
    networks(allowed);
    return undefined;
  } catch (error) {
    const message = `--allow-network: ${error instanceof Error ? error.message : String(error)}`;
    return { exit: exit.usage, message };
  }
}
