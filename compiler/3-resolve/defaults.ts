// The defaults of the language in one table; docs/language.md prints it.

import type { RetryPolicy } from "../../schema/bundle.ts";

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

export const retryDefaults: RetryPolicy = { for: 24 * hour, initial: second, max: 10 * minute, multiplier: 2 };

/** How long a stream keeps its messages when `keep` is silent. */
export const keepDefault = 7 * 24 * hour;

/** Of `rollout`, where it does not say. */
export const rolloutDefaults = { messages: 50, errors: "+1%" } as const;
