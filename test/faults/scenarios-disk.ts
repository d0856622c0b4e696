// The disk under the server's files fills while messages come in, and is made larger. Needs the right to mount.

import { execFile, spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { until } from "../rig/wait.ts";
import { mostInHand } from "./field.ts";
import { fat } from "./integrations.ts";
import { flowing, inField, type Scenario } from "./scenario.ts";

const run = promisify(execFile);

export const fullDisk: Scenario = {
  name: "full-disk",
  title: "the server's files on a small tmpfs, which fills and is enlarged",
  faults: 1,
  longFaults: 5,
  run: async (lab, { seed, faults }) => {
    const dir = await mkdtemp(join(tmpdir(), "vrsky-disk-"));
    const size = (megabytes: number): string => `size=${megabytes}m`;
    let megabytes = 12;
    try {
      await run("mount", ["-t", "tmpfs", "-o", `${size(megabytes)},mode=0700`, "vrsky-lab", dir]);
    } catch (error) {
      await rm(dir, { recursive: true, force: true });
      const reason = error instanceof Error ? (error.message.split("\n").at(-2) ?? error.message) : String(error);
      return { kind: "not run", reason: `a tmpfs cannot be mounted here (${reason.trim()})` };
    }
    // Also when the lab is interrupted.
    const unmount = (): void => void spawnSync("umount", ["-l", dir]);
    process.once("exit", unmount);
    try {
      const options = {
        integration: fat,
        seed,
        workers: 2,
        dir: join(dir, "nats"),
        pauseMs: 20,
        patienceMs: 9_000,
      } as const;
      return await inField(lab, options, async (field) => {
        for (let made = 0; made < faults; made++) {
          lab.say(`filling ${megabytes} MB`);
          const refused = (): number => field.producer.answers.get(503) ?? 0;
          const before = refused();
          await until("the disk is full", () => refused() >= before + 5, 60_000);
          const free = await freeBytes(dir);
          const { accepted } = field.producer;
          const still = accepted.size;
          await pause(500);
          const grown = accepted.size - still;
          field.allow(field.workers.length * mostInHand);
          const proof = `${refused() - before} senders got 503, ${free} bytes were free, ${grown} still accepted`;
          field.hit("full", free < 512 * 1024 ? proof : undefined);
          megabytes += 12;
          await run("mount", ["-o", `remount,${size(megabytes)}`, dir]);
          await goesOn(field);
        }
        return [];
      });
    } finally {
      unmount();
      process.off("exit", unmount);
      await rm(dir, { recursive: true, force: true });
    }
  },
};

/** A server that gave up on JetStream needs a restart, as its operator would give it. */
async function goesOn(field: Parameters<typeof flowing>[0]): Promise<void> {
  const before = field.producer.accepted.size;
  const moves = until("it goes on", () => field.producer.accepted.size > before + 20, 5_000);
  if (await moves.then(() => true).catch(() => false)) return;
  field.allow(field.workers.length * mostInHand);
  await field.servers.kill(0, "SIGTERM");
  await field.servers.restart(0);
  await flowing(field);
}

async function freeBytes(dir: string): Promise<number> {
  const { stdout } = await run("df", ["--output=avail", "-B1", dir]);
  return Number(stdout.trim().split("\n").at(-1));
}
