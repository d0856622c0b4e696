// A machine's time of day is set back by hours while messages pass: what is measured in seconds goes by the clock that
// nobody sets.

import { expect, test } from "vitest";
import { systemClock } from "../../runtime/clock.ts";
import { fakeSystem, handMade, quiet, startLine } from "../rig/line.ts";
import { natsServer } from "../rig/nats.ts";
import { createTopology } from "../rig/topology.ts";

const hour = 3_600_000;
const busy = { kind: "transient", failure: { class: "unavailable", message: "busy" } } as const;

test("rate, retries and order go on as if nothing had happened", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const admin = await nats.connect();
  await createTopology(admin, { integration: "paced", targets: ["crm"] });
  await createTopology(admin, { integration: "ordered", targets: ["crm"], partitions: 4 });
  const system = fakeSystem();
  let ahead = 0;
  const clock = { ...systemClock, now: () => Date.now() + ahead };
  let begun = 0;
  system.answer = ({ id, attempt }) => {
    begun += 1;
    if (begun % 7 === 0) ahead -= hour;
    return attempt === 1 && /^p.*[05]$/.test(id) ? busy : { kind: "delivered" };
  };
  const retry = { initial: 20, max: 20, for: 48 * hour };
  const bundles = [
    handMade({ integration: "paced", limit: { rate: { count: 40, perMs: 1_000 } }, retry }),
    handMade({ integration: "ordered", partitions: 4, retry }),
  ];
  await using line = await startLine(nats, system, { bundles, clock });
  for (let index = 0; index < 60; index += 1) {
    await system.send({ id: `p${index}` }, {}, "paced");
    await system.send({ id: `o${index}`, key: `k${index % 8}` }, {}, "ordered");
  }
  await quiet(admin, "paced");
  await quiet(admin, "ordered", "crm", 4);
  expect(line.outcomes().filter((outcome) => outcome.startsWith("delivered"))).toHaveLength(120);
});
