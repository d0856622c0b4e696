// JSON that may not be JSON.

import type { Json } from "../schema/json.ts";

export function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
