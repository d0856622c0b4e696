// What each place of an integration may see, said once.

import type { Allowed } from "../value.ts";

const none: ReadonlySet<string> = new Set();

/** Steps, conditions, payloads: message data and settings, no secrets. */
export const messageScope: Allowed = { roots: ["body", "headers", "meta", "vars", "settings"], secrets: none };

/** A source's `message-id`: before any step. */
export const sourceScope: Allowed = { roots: ["body", "headers", "meta", "settings"], secrets: none };

/** Settings that are fixed when a worker starts. */
export const fixedScope = (secrets: ReadonlySet<string>): Allowed => ({ roots: ["settings", "secrets"], secrets });

/** Settings that are evaluated per message but are not the payload. */
export const deliveryScope = (secrets: ReadonlySet<string>): Allowed => ({
  roots: [...messageScope.roots, "secrets"],
  secrets,
});

/** Settings that are part of the topology. */
export const constantScope: Allowed = { roots: [], secrets: none };
