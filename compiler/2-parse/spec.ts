// A Spec: one YAML document of a known kind, with a position for every key and every unit of every scalar.

import type { Position, Range } from "../../schema/diagnostic.ts";
import type { Json } from "../../schema/json.ts";
import type { Kind } from "./kinds.ts";

export type Path = readonly (string | number)[];

/**
 * The keys that the language's schema gives a document or a part of one. All findings are wanted in one run, so what
 * does not fit its schema is resolved as well: any key may be missing and hold anything.
 */
export type Unchecked<T> = { readonly [Key in keyof T]?: Json };

export interface Spec {
  readonly kind: Kind;
  readonly name: string;
  /** From the folder; "default" outside `tenants/`. */
  readonly tenant: string;
  /** Relative to the workspace, forward slashes. */
  readonly file: string;
  /** Plain data; every object is safe against `__proto__`. */
  readonly value: unknown;
  /** Range of a key or value; of the nearest ancestor that exists when the path does not. */
  locate(path: Path, part?: "key" | "value"): Range;
  /** Where an alias stands through which the path is reached; what it stands for is elsewhere. */
  alias(path: Path): Range | undefined;
  /** Source position of a UTF-16 offset inside the value of the scalar at the path. */
  position(path: Path, offset: number): Position;
}
