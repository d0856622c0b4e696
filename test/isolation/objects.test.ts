// Contents by reference with the compiled rights and no others: stored, read, looked for and removed, each integration's
// in its own bucket.

import { connect } from "@nats-io/transport-node";
import { expect, test } from "vitest";
import { systemClock } from "../../runtime/clock.ts";
import { connectOptions } from "../../runtime/connect-options.ts";
import { createLink } from "../../runtime/link.ts";
import { natsObjects } from "../../runtime/objects/nats-store.ts";
import { references } from "../../runtime/objects/references.ts";
import * as address from "../../schema/address.ts";
import { filmsWorkspace } from "../rig/by-reference.ts";
import { compileTexts } from "../rig/compile.ts";
import { killable } from "../rig/killable.ts";
import { counted, hashOf, listed, never } from "../rig/object-store.ts";
import { until } from "../rig/wait.ts";

test("a worker's rights are enough for a content's whole life, and end at its bucket", async () => {
  const compiled = compileTexts(filmsWorkspace("100MiB"));
  await using stage = await killable(compiled);
  const { user = "", password: pass = "" } = stage.nats.users["acme-worker"] ?? {};
  const connection = await connect({ ...connectOptions("acme-worker"), servers: stage.nats.url, user, pass });
  try {
    const log = { info: () => undefined, warn: () => undefined };
    const link = createLink(connection, address.inboxPrefix("acme-worker"), systemClock, log);
    const store = natsObjects({ link, clock: systemClock, integration: "films" });
    await store.put("a", counted(2_000_000), never);
    expect(await hashOf(store.read("a", never))).toEqual(await hashOf(counted(2_000_000)));
    await link.requests.send(address.objectChunks("films", "half"), "x");
    expect((await listed(store)).map(({ name }) => name)).toEqual(["a", "~half"]);
    const bundle = compiled.emitted?.bundles[0]?.bundle;
    if (bundle === undefined) throw new Error("it does not compile");
    const known = references({ link, clock: systemClock, integration: "films" }, () => bundle);
    expect(await known.unreferenced(new Set(["a"]), never)).toEqual(new Set(["a"]));
    for (const name of ["a", "~half"]) await store.remove(name);
    expect(await listed(store)).toEqual([]);
    const neighbour = address.objectChunks("others", "x");
    link.requests.post(neighbour, "x");
    await link.flush();
    await until("it is refused", () => link.refusals(neighbour) === 1);
  } finally {
    await connection.close();
  }
});
