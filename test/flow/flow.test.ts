// Each file of cases/ is a workspace, what is sent into it and what must come out: nothing less, nothing more.

import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { type FlowCase, inOrder, play } from "../rig/flow.ts";

const folder = new URL("cases/", import.meta.url);

for (const name of readdirSync(folder).sort()) {
  const given = parse(readFileSync(new URL(name, folder), "utf8")) as FlowCase;
  test(`${name}: ${given.title}`, async () => {
    expect(await play(given)).toEqual(inOrder(given.expect));
  });
}
