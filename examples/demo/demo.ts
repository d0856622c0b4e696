// What a demo is: a workspace, outside systems that stand in for the real ones, and what must hold in the end.

import type { Io } from "../../cli/io.ts";

export interface Demo {
  /** Of its folder below examples/. */
  readonly name: string;
  readonly title: string;
  /** One line that says what happened. Throws an Error when it cannot be played. */
  play(given: DemoGiven): Promise<string>;
}

export interface DemoGiven {
  /** An empty folder to work in. */
  readonly folder: string;
  readonly io: Io;
  check(what: string, holds: boolean): void;
}
