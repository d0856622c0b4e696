// GitOps by pull, with real repositories, a real server and the real command in a process of its own.

import { type ChildProcess, execFile, spawn } from "node:child_process";
import { cp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { expect, test } from "vitest";
import { pull } from "../../cli/gitops/checkout.ts";
import { gitIn } from "../../cli/gitops/git.ts";
import { loop, waitFor } from "../../cli/gitops/loop.ts";
import type { Round } from "../../cli/gitops/round.ts";
import type { Io } from "../../cli/io.ts";
import { type ApplyWatchOptions, applyWatch } from "../../cli/verbs/apply-watch.ts";
import { command } from "../rig/command.ts";
import { type GitRig, gitRig } from "../rig/git.ts";
import { type NatsRig, natsServer } from "../rig/nats.ts";
import { until } from "../rig/wait.ts";

const orders = (subject: string): string => `integration: orders
source: { http: { path: /orders }, contract: { id: string } }
targets: { out: { nats: { subject: ${subject} } } }
`;
const workspace = {
  "README.md": "our flows\n",
  "flows/vrsky.yaml": "workspace: shop\nlanguage: 1\n",
  "flows/tenants/acme/orders.yaml": orders("orders.v1"),
};

interface Status {
  readonly state: string;
  readonly ok: boolean;
  readonly round: number;
  readonly commit?: string;
  readonly effective?: string;
  readonly revision?: number;
  readonly message?: string;
}

interface Watcher extends AsyncDisposable {
  readonly said: () => string;
  readonly status: () => Promise<Status | undefined>;
  /** The next status that is so. */
  readonly until: (what: string, is: (status: Status) => boolean) => Promise<Status>;
  readonly end: (signal: NodeJS.Signals) => Promise<number | null>;
}

async function logins(rig: GitRig, nats: NatsRig): Promise<string> {
  const file = join(rig.folder, "creds.json");
  await writeFile(file, JSON.stringify({ acme: nats.credentials() }), { mode: 0o600 });
  return file;
}

async function watcher(rig: GitRig, nats: NatsRig, ...flags: readonly string[]): Promise<Watcher> {
  const checkout = await rig.clone("checkout");
  const statusFile = join(rig.folder, "status.json");
  const where = ["--nats", nats.url, "--creds", await logins(rig, nats)];
  const watching = ["--watch", "--every", "100ms", "--status-file", statusFile];
  const args = [...command, "apply", join(checkout, "flows"), ...where, ...watching];
  const child: ChildProcess = spawn(process.execPath, [...args, ...flags], {
    cwd: rig.folder,
    env: { ...rig.env, NO_COLOR: "1", VRSKY_ACTOR: "the watcher" },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr?.on("data", (chunk) => {
    said += chunk;
  });
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const status = async (): Promise<Status | undefined> => {
    const text = await readFile(statusFile, "utf8").catch(() => undefined);
    return text === undefined ? undefined : (JSON.parse(text) as Status);
  };
  const end = (signal: NodeJS.Signals): Promise<number | null> => {
    child.kill(signal);
    return ended;
  };
  return {
    said: () => said,
    status,
    until: (what, is) =>
      until(
        `${what}; it said:\n${said}`,
        async () => {
          if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}:\n${said}`);
          const now = await status();
          return now !== undefined && is(now) ? now : undefined;
        },
        40_000,
      ),
    end,
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode === null) await end("SIGKILL");
    },
  };
}

function vrsky(rig: GitRig, ...args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [...command, ...args],
      { cwd: rig.folder, env: { ...rig.env, NO_COLOR: "1" } },
      (_error, out, err) => resolve({ code: child.exitCode ?? -1, out, err }),
    );
  });
}

async function streams(nats: NatsRig): Promise<readonly string[]> {
  const manager = await jetstreamManager(await nats.connect());
  return (await manager.streams.names().next()).sort();
}

test("what is pushed is applied; a broken commit keeps the last good one; drift is put back; a signal ends it", async () => {
  await using rig = await gitRig(workspace);
  await using nats = await natsServer();
  await using watching = await watcher(rig, nats);
  const author = join(rig.folder, "author");
  const first = rig.git(author, "rev-parse", "HEAD");
  const applied = await watching.until("the first apply", ({ ok }) => ok);
  expect(applied).toMatchObject({ commit: first, effective: first, revision: 1 });

  const second = await rig.push(author, {
    "flows/tenants/acme/returns.yaml": orders("returns.v1").replaceAll("orders", "returns"),
  });
  expect(await watching.until("the second commit", ({ ok, commit }) => ok && commit === second)).toMatchObject({
    effective: second,
    revision: 2,
  });
  expect(await streams(nats)).toContain("IN_returns");

  const broken = await rig.push(author, { "flows/tenants/acme/returns.yaml": "integration: returns\nsource: {}\n" });
  expect(await watching.until("the broken commit", ({ commit }) => commit === broken)).toMatchObject({
    state: "broken",
    ok: false,
    effective: second,
  });
  const { round } = (await watching.status()) ?? { round: 0 };

  // Somebody takes a stream away by hand: the last good commit is put back, while the broken one stays broken.
  const manager = await jetstreamManager(await nats.connect());
  await manager.streams.update("IN_orders", { max_bytes: 1_000_000 });
  await until("drift is put back", async () => {
    const { config } = await manager.streams.info("IN_orders");
    return config.max_bytes !== 1_000_000;
  });
  await watching.until("some more rounds", (status) => status.round > round + 3);
  expect(watching.said()).toContain("put back: stream IN_orders of acme");
  expect(watching.said().match(/returns\.yaml:2/g)?.length).toBe(1);
  expect(watching.said()).toContain(`kept: commit ${second.slice(0, 12)} stays in effect`);

  const fixed = await rig.push(author, { "flows/tenants/acme/returns.yaml": undefined });
  await watching.until("the commit that mends it", ({ ok, commit }) => ok && commit === fixed);
  expect(await watching.end("SIGTERM")).toBe(0);

  const where = ["--nats", nats.url, "--creds", join(rig.folder, "creds.json")];
  const history = await vrsky(rig, "history", join(author, "flows"), ...where, "--json");
  const revisions = (JSON.parse(history.out) as { revisions: { by: string; commit: string }[] }).revisions;
  expect(new Set(revisions.map(({ by }) => by))).toEqual(new Set(["the watcher"]));
  // What was put back is recorded with the commit that it came from.
  expect(new Set(revisions.map(({ commit }) => commit))).toEqual(new Set([first, second, fixed]));
});

test("history that was rewritten, and files that were edited, are told and nothing is applied", async () => {
  await using rig = await gitRig(workspace);
  await using nats = await natsServer();
  await using watching = await watcher(rig, nats);
  const author = join(rig.folder, "author");
  const checkout = join(rig.folder, "checkout");
  const first = rig.git(author, "rev-parse", "HEAD");
  await watching.until("the first apply", ({ ok }) => ok);

  // What a repository's own configuration would start is not started.
  const trap = join(rig.folder, "trap.sh");
  await writeFile(trap, `#!/bin/sh\necho caught > ${JSON.stringify(join(rig.folder, "caught"))}\n`, { mode: 0o755 });
  for (const hook of ["post-merge", "reference-transaction", "post-index-change"]) {
    await cp(trap, join(checkout, ".git/hooks", hook));
  }
  rig.git(checkout, "config", "core.fsmonitor", trap);

  const stray = join(checkout, "flows/tenants/acme/stray.yaml");
  await writeFile(stray, orders("stray").replaceAll("orders", "stray"));
  const second = await rig.push(author, { "flows/tenants/acme/orders.yaml": orders("orders.v2") });
  expect((await watching.until("the stray file", ({ state }) => state === "blocked")).message).toContain("stray.yaml");
  expect(await readFile(join(checkout, ".git/refs/heads/main"), "utf8")).toBe(`${first}\n`);
  await rm(stray);
  await watching.until("going on", ({ ok, effective }) => ok && effective === second);
  await expect(readFile(join(rig.folder, "caught"))).rejects.toThrow("ENOENT");
  await rm(join(checkout, ".git/hooks"), { recursive: true });
  rig.git(checkout, "config", "--unset", "core.fsmonitor");

  // A file beside the workspace is nobody's business; an edit of a tracked one is.
  await writeFile(join(checkout, "notes.txt"), "mine");
  await writeFile(join(checkout, "README.md"), "edited\n");
  expect((await watching.until("the edit", ({ state }) => state === "blocked")).message).toContain("README.md");
  rig.git(checkout, "checkout", "--quiet", "README.md");
  await watching.until("going on", ({ ok }) => ok);

  rig.git(author, "reset", "--quiet", "--hard", first);
  await writeFile(join(author, "flows/tenants/acme/other.yaml"), orders("other").replaceAll("orders", "other"));
  rig.git(author, "add", "--all");
  rig.git(author, "commit", "--quiet", "-m", "another past");
  rig.git(author, "push", "--quiet", "--force");
  const told = await watching.until("the rewritten history", ({ state }) => state === "blocked");
  expect(told.message).toContain("1 commit that origin/main has not");
  expect(told.message).toContain("reset --hard origin/main");
  await watching.until("it is told each round", ({ round, state }) => state === "blocked" && round > told.round + 2);
  expect(watching.said().match(/origin\/main has not/g)?.length).toBeGreaterThan(1);
  expect(rig.git(checkout, "rev-parse", "HEAD")).toBe(second);
  expect(await streams(nats)).not.toContain("IN_other");
  expect(await watching.end("SIGINT")).toBe(130);
});

test("a submodule in the workspace is told: its files would look as if they had been removed", async () => {
  await using rig = await gitRig(workspace);
  const author = join(rig.folder, "author");
  const checkout = await rig.clone("checkout");
  const git = gitIn(checkout, process.env, new AbortController().signal);
  const flows = join(checkout, "flows");
  expect(await pull(git, checkout, flows)).toMatchObject({ ok: true });
  const commit = rig.git(author, "rev-parse", "HEAD");
  for (const at of ["elsewhere", "flows/tenants/theirs"]) {
    rig.git(author, "update-index", "--add", "--cacheinfo", `160000,${commit},${at}`);
    rig.git(author, "commit", "--quiet", "-m", at);
    rig.git(author, "push", "--quiet");
    const pulled = await pull(git, checkout, flows);
    if (at === "elsewhere") expect(pulled).toMatchObject({ ok: true });
    else expect(pulled).toMatchObject({ ok: false, refusal: { message: expect.stringContaining(`${at} in`) } });
  }
});

test("a server that is away is waited for, and so is a remote", async () => {
  await using rig = await gitRig(workspace);
  await using nats = await natsServer();
  await nats.kill();
  await using watching = await watcher(rig, nats);
  expect((await watching.until("nobody answers", ({ state }) => state === "unreachable")).ok).toBe(false);
  await nats.restart();
  await watching.until("the first apply", ({ ok }) => ok);
  const author = join(rig.folder, "author");
  await rename(join(rig.folder, "remote.git"), join(rig.folder, "gone.git"));
  const gone = await watching.until(
    "the remote is gone",
    ({ message }) => message?.includes("cannot be fetched") === true,
  );
  expect(gone.ok).toBe(true);
  await rename(join(rig.folder, "gone.git"), join(rig.folder, "remote.git"));
  const next = await rig.push(author, { "flows/tenants/acme/orders.yaml": orders("orders.v3") });
  await watching.until("the remote is back", ({ ok, effective }) => ok && effective === next);
});

test("what would lose messages is refused each time, with the command for it", async () => {
  await using rig = await gitRig({
    ...workspace,
    "flows/tenants/acme/returns.yaml": orders("returns").replaceAll("orders", "returns"),
  });
  await using nats = await natsServer();
  await using watching = await watcher(rig, nats, "--prune");
  await watching.until("the first apply", ({ ok }) => ok);
  const connection = await nats.connect();
  await jetstream(connection).publish("in.returns.m.abc", "unread");
  await rig.push(join(rig.folder, "author"), { "flows/tenants/acme/returns.yaml": undefined });
  const refused = await watching.until("the refusal", ({ state }) => state === "refused");
  expect(refused.message).toContain("IN_returns");
  const byHand = /vrsky (apply .*)$/m.exec(refused.message ?? "")?.[1] ?? "";
  expect(byHand).toContain("--prune --allow-data-loss=acme/IN_returns");
  const where = ["--nats", nats.url, "--creds", join(rig.folder, "creds.json")];
  expect((await vrsky(rig, ...byHand.split(" "), ...where)).err).toContain("applied:");
  await watching.until("it goes on", ({ ok }) => ok);
  expect(await streams(nats)).not.toContain("IN_returns");
});

test("--once is one round, with the exit code of what came of it", async () => {
  await using rig = await gitRig(workspace);
  await using nats = await natsServer();
  const checkout = await rig.clone("checkout");
  const where = ["--nats", nats.url, "--creds", await logins(rig, nats)];
  const once = (...more: readonly string[]) =>
    vrsky(rig, "apply", join(checkout, "flows"), ...where, "--once", ...more);
  expect(await once("--json")).toMatchObject({ code: 0, err: "" });
  expect((await once()).err).toMatch(/^in sync: revision 1, commit [0-9a-f]{12}\n$/);
  await rig.push(join(rig.folder, "author"), { "flows/tenants/acme/orders.yaml": "integration: orders\n" });
  const broken = await once("--json");
  expect(broken.code).toBe(1);
  expect(JSON.parse(broken.out)).toMatchObject({ state: "broken", ok: false });
});

test("what lies ready for systemd and Kubernetes says only what the command knows", async () => {
  await using rig = await gitRig(workspace);
  for (const [file, verb] of [
    ["gitops/vrsky.service", "apply"],
    ["gitops/cronjob.yaml", "apply"],
    ["worker/vrsky-worker.service", "run"],
  ] as const) {
    const help = (await vrsky(rig, verb, "--help")).out;
    const text = await readFile(new URL(`../../deploy/${file}`, import.meta.url), "utf8");
    const flags = new RegExp(`vrsky,? ${verb}.*`).exec(text)?.[0].match(/--[a-z-]+/g) ?? [];
    expect(flags.length).toBeGreaterThan(1);
    for (const flag of flags) expect(help).toContain(flag);
  }
});

test("what makes no sense together is a usage error before anything is looked at", async () => {
  await using rig = await gitRig(workspace);
  const said: string[] = [];
  const take = (text: string): void => void said.push(text);
  const still = { colorOut: false, colorErr: false, interactive: false };
  const io: Io = { ...still, out: take, err: take, env: rig.env, cwd: rig.folder };
  const fine = { json: false, allowDataLoss: [], prune: false, force: false, every: "30s", once: true };
  const wrong: readonly (readonly [Partial<ApplyWatchOptions>, string])[] = [
    [{ plan: "plan.json" }, "--plan is for one apply"],
    [{ force: true }, "--force is for one apply"],
    [{ allowDataLoss: ["IN_orders"] }, "--allow-data-loss is for one apply"],
    [{ every: "soon" }, "`--every soon` is no time to wait"],
    [{ statusFile: "author/status.json" }, "lies in the checkout"],
  ];
  for (const [options, message] of wrong) {
    expect(await applyWatch("author/flows", { ...fine, ...options }, io)).toBe(64);
    expect(said.splice(0).join("")).toContain(message);
  }
  for (const path of [".", "missing"]) {
    expect(await applyWatch(path, fine, io)).toBe(64);
    expect(said.splice(0).join("")).toContain("is in no git checkout");
  }
});

test("SIGTERM in the middle of an apply: it comes to its end, then the process ends", async () => {
  const names = Array.from({ length: 60 }, (_, index) => `flow-${index}`);
  await using rig = await gitRig({
    ...workspace,
    ...Object.fromEntries(
      names.map((name) => [`flows/tenants/acme/${name}.yaml`, orders(name).replaceAll("orders", name)]),
    ),
  });
  await using nats = await natsServer();
  await using watching = await watcher(rig, nats);
  await until(
    "the apply has begun",
    async () => (await streams(nats)).some((name) => name.startsWith("IN_flow")),
    40_000,
  );
  expect(await watching.end("SIGTERM")).toBe(0);
  expect(watching.said()).toMatch(/^applied: \d+ changes, revision 1/m);
  expect(await watching.status()).toMatchObject({ state: "applied", ok: true });
  const where = ["--nats", nats.url, "--creds", join(rig.folder, "creds.json")];
  const plan = await vrsky(rig, "plan", join(rig.folder, "checkout/flows"), ...where, "--detailed-exitcode");
  expect(plan).toMatchObject({ code: 0 });
});

test("a signal lets the apply under way come to its end, and tells it", async () => {
  const said: string[] = [];
  const take = (text: string): void => void said.push(text);
  const still = { colorOut: false, colorErr: false, interactive: false };
  const io: Io = { ...still, out: take, err: take, env: {}, cwd: "/" };
  const stopping = new AbortController();
  const done: Round = {
    state: "applied",
    exit: 0,
    effective: "0123456789abcdef",
    revision: 7,
    changes: 2,
    putBack: ["stream IN_orders of acme"],
    said: "",
    fresh: true,
    away: false,
  };
  const play = async (): Promise<Round> => {
    stopping.abort();
    await new Promise((resolve) => setTimeout(resolve, 5));
    return done;
  };
  const options = { everyMs: 1, once: false, json: false, stop: stopping.signal, now: () => new Date(0) };
  const wait = (): Promise<void> => Promise.reject(new Error("it waits for nothing"));
  expect(await loop(play, { ...options, wait }, io)).toBe(0);
  expect(said.join("")).toBe(
    "applied: 2 changes, revision 7, commit 0123456789ab (put back: stream IN_orders of acme)\n",
  );
});

test("the wait doubles while nobody answers, and has an end", () => {
  expect([0, 1, 2, 3, 9, 99].map((away) => waitFor(30_000, away))).toEqual([
    30_000, 30_000, 60_000, 120_000, 300_000, 300_000,
  ]);
  expect(waitFor(600_000, 5)).toBe(600_000);
});
