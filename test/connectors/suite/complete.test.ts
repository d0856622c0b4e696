// No connector without the delivery suite: each side that is implemented has a rig, each rig a test file, and what a rig
// exempts has its reason.

import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { manifests } from "../../../connectors/all.ts";
import { createConnectors } from "../../../connectors/create.ts";
import { cases } from "./rig.ts";
import { rigs } from "./rigs.ts";

const made = createConnectors({
  httpPort: 0,
  httpHost: "127.0.0.1",
  allowNetwork: [],
  dataDir: "/nowhere",
  natsFor: () => {
    throw new Error("nobody asks");
  },
});

test("every side that is implemented has a rig", () => {
  const implemented = Object.entries(made).flatMap(([name, { startSource, openTarget }]) => [
    ...(startSource === undefined ? [] : [`${name} source`]),
    ...(openTarget === undefined ? [] : [`${name} target`]),
  ]);
  const rigged = Object.values(rigs).flatMap(({ connector, sides }) =>
    Object.keys(sides).map((side) => `${connector} ${side}`),
  );
  expect(implemented.filter((side) => !rigged.includes(side))).toEqual([]);
});

test("what is implemented is in the list of manifests, with that side", () => {
  for (const [name, connector] of Object.entries(made)) {
    expect(manifests.filter((each) => each === connector.manifest).map((manifest) => manifest.name)).toEqual([name]);
    const { source, target, call } = connector.manifest;
    const promised = { source: source !== undefined, target: target !== undefined, call: call !== undefined };
    for (const [side, has] of [
      ["source", connector.startSource],
      ["target", connector.openTarget],
      ["call", connector.openCall],
    ] as const) {
      if (has !== undefined) expect({ name, [side]: promised[side] }).toEqual({ name, [side]: true });
    }
  }
});

test("every rig has its file of tests, and a reason for each case that it leaves out", () => {
  for (const [file, { sides }] of Object.entries(rigs)) {
    const there = existsSync(new URL(`${file}.test.ts`, import.meta.url));
    expect({ file, there }).toEqual({ file, there: true });
    const reasons = Object.values(sides).flatMap((exempt) => Object.values(exempt ?? {}));
    expect({ file, short: reasons.filter((reason) => reason.length < 20) }).toEqual({ file, short: [] });
  }
});

test("the page on connectors names every case, and links to the page of every connector", () => {
  const page = readFileSync(new URL("../../../docs/connectors.md", import.meta.url), "utf8");
  expect(Object.keys(cases).filter((name) => !page.includes(`| ${name} |`))).toEqual([]);
  expect(manifests.filter(({ name }) => !page.includes(`(connectors/${name}.md)`))).toEqual([]);
});
