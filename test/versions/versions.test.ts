// Workers as operators start them give way to others under load: the new one runs before the old one stops, deployments
// come in between, and nobody is killed. So nothing is lost, and nothing comes twice. The long form, with an older
// version of VRSky, is `npm run rolling`.

import { expect, test } from "vitest";
import { command } from "../rig/command.ts";
import { roll } from "./rolling.ts";

const here = { name: "here", command, [Symbol.dispose]: () => undefined };

test("SIGTERM of real workers under load: each drains and ends in order, nothing is lost, nothing comes again", async () => {
  const builds = [here, here] as const;
  const rolled = await roll({ builds, workers: 2, rounds: 1, seed: 11, senders: 1, say: () => undefined });
  expect(rolled.findings).toEqual([]);
  expect(rolled.replaced).toBe(2);
  expect(rolled.verdicts.map(({ lost, repeats, duplicates }) => [lost, repeats, duplicates])).toEqual(
    rolled.verdicts.map(() => [0, 0, 0]),
  );
}, 180_000);
