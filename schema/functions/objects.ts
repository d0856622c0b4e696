// Functions of objects. A member that is undefined is not there, as in a message.

import { type Entries, entry } from "./entry.ts";

export const objectFunctions = {
  keys: entry(
    "<T extends $Fields>(object: T): readonly $Key<T>[]",
    "The names of the object's members; whole numbers first, as in JavaScript.",
    "keys(body.address)",
  ),
  values: entry(
    "<T extends $Fields>(object: T): readonly $Member<T>[]",
    "The values of the object's members.",
    "values(body.stock)",
  ),
  entries: entry(
    "<T extends $Fields>(object: T): readonly $Entry<T>[]",
    "The object's members as a list of `{ key, value }`.",
    "entries(body.stock).map(one => ({ sku: one.key, qty: one.value }))",
  ),
  fromEntries: entry(
    "<V>(list: readonly { readonly key: string; readonly value: V }[]): { readonly [key: string]: V }",
    "An object of a list of `{ key, value }`; of two with one key the later wins.",
    "fromEntries(body.lines.map(line => ({ key: line.sku, value: line.qty })))",
  ),
  pick: entry(
    "<T extends $Fields, K extends keyof T & string>(object: T, ...keys: readonly K[]): { readonly [P in K]: T[P] }",
    "A copy with these members alone.",
    'pick(body.address, "city", "country")',
  ),
  omit: entry(
    "<T extends $Fields, K extends keyof T & string>(object: T, ...keys: readonly K[]): { readonly [P in keyof T as P extends K ? never : P]: T[P] }",
    "A copy without these members.",
    'omit(body.address, "street")',
  ),
} as const satisfies Entries;

/** Types that signatures name beside TypeScript's own; `$Any` and `$Json` are the checker's. */
export const helperTypes = `type $Fields = { readonly [key: string]: unknown };
type $Key<T> = T extends unknown ? \`\${keyof T & (string | number)}\` : never;
type $Member<T> = T extends unknown ? Exclude<T[keyof T], undefined> : never;
type $Entry<T> = T extends unknown
  ? { [K in keyof T]-?: { readonly key: \`\${K & (string | number)}\`; readonly value: Exclude<T[K], undefined> } }[keyof T]
  : never;`;
