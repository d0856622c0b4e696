// What generated modules need beside the author's library: the types of metadata and payloads, and the small
// functions that ask one question each of the type system.

export const prelude = `
/** Text of a secret: may stand in connections and connector settings only. */
interface $Secret { readonly $secret: never }
/** A body whose contract is \`any\`: it can be passed on, not looked into. */
declare const $any: unique symbol;
interface $Any { readonly [$any]: never }
/** The body at a target of \`on-error\`: whatever failed, wherever that was. */
interface $Failed extends $Any {}
type $Primitive = string | number | boolean | null | undefined;
/** What a message may hold. */
type $Json = $Primitive | $Any | readonly $Json[] | { readonly [key: string]: $Json };
/** A setting's value, with secrets allowed wherever text is. */
type $Setting<T> = T extends string ? T | $Secret : T extends null ? null | undefined : T extends $Primitive ? T : { readonly [K in keyof T]: $Setting<T[K]> };
type $Keys<C> = C extends unknown ? keyof C : never;
type $At<C, K> = C extends unknown ? (K extends keyof C ? C[K] : never) : never;
type $Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
/** The keys of T that contract C does not declare: at any depth, in types that hold themselves as far as 16. */
type $Excess<T, C, Depth extends readonly 0[] = []> = T extends $Primitive ? never
  : C extends $Any ? never
  : $Same<T, C> extends true ? never
  : Depth["length"] extends 16 ? never
  : T extends readonly (infer E)[] ? (C extends readonly (infer D)[] ? $Excess<E, D, [...Depth, 0]> : never)
  : { [K in keyof T]-?: K extends $Keys<C> ? $Excess<T[K], $Solid<$At<C, K>>, [...Depth, 0]> : K }[keyof T];
type $Solid<T> = T extends $Primitive ? never : T;
/** What is only known when it comes, and asked then. */
declare function $answer<T>(): T;
declare function $maybe<T>(value: T): T | undefined;
declare function $items<T>(list: readonly T[]): T;
/** What a source's own steps leave; a filter may leave nothing. */
type $Left<F> = F extends (scope: never) => infer R ? (R extends undefined ? never : R) : never;
type $Batch<T> = { readonly id: string; readonly count: number; readonly items: readonly T[] };
/** What happened to a row. A column that is left out stays as it is. */
type $Part<Row> = { readonly [K in keyof Row]?: Row[K] };
type $Change<Row> = { readonly op: "insert" | "snapshot" | "update"; readonly key?: $Part<Row>; readonly row: $Part<Row>; readonly old?: $Part<Row> | null }
  | { readonly op: "delete"; readonly key?: $Part<Row>; readonly row?: null; readonly old?: $Part<Row> | null };
type $Error = { readonly class: "invalid" | "not-found" | "rejected" | "unavailable"; readonly message: string };
declare function $closed<E extends never>(): void;
declare function $types(...values: readonly unknown[]): void;
declare function $boolean(condition: boolean): void;
declare function $text(...parts: readonly (string | number | boolean)[]): string;
declare function $settingText(...parts: readonly (string | number | boolean | $Secret)[]): string;
declare function $part<T extends string | number | boolean>(part: T): T;
declare function $settingPart<T extends string | number | boolean | $Secret>(part: T): T;
declare function $template(...parts: readonly string[]): string;
declare function $each<L extends readonly $Json[]>(list: L | null | undefined, by: (item: L[number], index: number) => string): string;
declare function $with<T>(value: T, by: (value: $Given<T>) => string): string;
type $Given<T> = T extends null | undefined ? never : T;
declare function $fields<T extends $Record>(value: T): T;
type $Record = { readonly [key: string]: $Json };
type $Headers = { readonly [name: string]: string | undefined };
type $Meta = { readonly id: string; readonly source: string; readonly receivedAt: string };
`;
