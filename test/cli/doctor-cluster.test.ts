// vrsky doctor on a real cluster of three servers: each with its version, its tags and whether it syncs; what is down is
// said, whether the system account may be asked or not.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { doctorVerb } from "../../cli/verbs/doctor.ts";
import { natsCluster } from "../rig/nats-cluster.ts";
import { until } from "../rig/wait.ts";

test("three servers, then two: by the system account and without it", async () => {
  const dir = await mkdtemp(join(tmpdir(), "vrsky-doctor-"));
  await using cluster = await natsCluster({ acme: "enabled" }, [], true);
  try {
    await cluster.connect("acme");
    const nats = cluster.ports.map((port) => `nats://127.0.0.1:${port}`).join(",");
    const login = (user: string) => ({ user, password: user });
    const own = join(dir, "own.json");
    const all = join(dir, "all.json");
    await writeFile(own, JSON.stringify({ acme: login("acme") }), { mode: 0o600 });
    await writeFile(all, JSON.stringify({ acme: login("acme"), SYS: login("sys") }), { mode: 0o600 });
    const doctor = async (creds: string, json = false) => {
      let out = "";
      const io = {
        out: (text: string) => {
          out += text;
        },
        err: () => undefined,
        colorOut: false,
        colorErr: false,
        interactive: false,
        env: process.env,
        cwd: dir,
      };
      return { code: await doctorVerb({ nats, creds, json }, io), out };
    };
    const told = await doctor(all);
    expect(told.code).toBe(0);
    expect(told.out).toContain("cluster      3 servers of test");
    for (const index of [0, 1, 2]) {
      expect(told.out).toMatch(new RegExp(`✓ server-${index} {2}\\S+ {2}ssd rack-${index} {2}syncs always`));
    }
    const alone = JSON.parse((await doctor(own, true)).out);
    expect(alone.servers).toMatchObject(
      [0, 1, 2].map((index) => ({ name: `server-${index}`, versionFits: true, syncAlways: "unknown" })),
    );

    await cluster.kill(2, "SIGKILL");
    const missing = await until("it is missed", async () => {
      const now = await doctor(all);
      return now.out.includes("it does not answer the others") && now;
    });
    expect(missing.code).toBe(1);
    expect(missing.out).toContain("✗ server-2");
    const down = await doctor(own);
    expect(down.code).toBe(1);
    expect(down.out).toContain(`✗ 127.0.0.1:${cluster.ports[2]}`);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}, 120_000);
