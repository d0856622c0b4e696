// A Spec: one YAML document of a known kind, with a position for every key and every unit of every scalar.

import type { Position, Range } from "../../schema/diagnostic.ts";
import type { Kind } from "./kinds.ts";

export type Path = readonly (string | number)[];

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
  /** Source position of a UTF-16 offset inside the value of the scalar at the path. */
  position(path: Path, offset: number): Position;
}
