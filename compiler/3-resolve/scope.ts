// What each place of an integration may see, said once.

import type { Allowed } from "../value.ts";

const none: ReadonlySet<string> = new Set();

const message = ["body", "headers", "meta", "vars", "settings"];

/** Steps, conditions, payloads: message data and settings, no secrets. `more` are roots of the place alone. */
export const messageScope = (more: readonly string[] = []): Allowed => ({
  roots: [...message, ...more],
  secrets: none,
});

/** A source's `message-id`: before any step. */
export const sourceScope: Allowed = { roots: ["body", "headers", "meta", "settings"], secrets: none };

/** Settings that are fixed when a worker starts. */
export const fixedScope = (secrets: ReadonlySet<string>): Allowed => ({ roots: ["settings", "secrets"], secrets });

/** Settings that are evaluated per message but are not the payload. */
export const deliveryScope = (secrets: ReadonlySet<string>, roots: readonly string[] = message): Allowed => ({
  roots: [...roots, "secrets"],
  secrets,
});

/** Settings of a target that sends batches: a batch has many bodies. */
export const batchRoots: readonly string[] = ["batch", "settings"];

/** The request of a poll, and what is asked of its page. */
export const requestRoots: readonly string[] = ["cursor", "page", "settings"];
export const pageScope: Allowed = { roots: ["page", "cursor", "settings"], secrets: none };

/** Settings that are part of the topology. */
export const constantScope: Allowed = { roots: [], secrets: none };
