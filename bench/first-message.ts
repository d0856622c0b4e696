// From nothing to the first message traced, as somebody new has it: a folder, an empty home and an empty cache, Node and
// npm on the PATH. The package is installed as it would be from a registry, and each command is the one that the step
// before has printed.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { freePort } from "../test/rig/free-port.ts";

export interface FirstStep {
  readonly what: string;
  readonly ms: number;
}

const root = new URL("..", import.meta.url).pathname;
const patience = 180_000;

export async function firstMessage(): Promise<readonly FirstStep[]> {
  const folder = mkdtempSync(join(tmpdir(), "vrsky-first-"));
  const steps: FirstStep[] = [];
  let dev: ChildProcess | undefined;
  const step = async <Value>(what: string, work: () => Value | Promise<Value>): Promise<Value> => {
    const begin = performance.now();
    const value = await work();
    steps.push({ what, ms: performance.now() - begin });
    return value;
  };
  try {
    const user = newcomer(folder);
    const tarball = packed(folder);
    await step("npm install", () => user.run(`npm install --no-audit --no-fund --loglevel=error ${tarball}`));
    const said = await step("npx vrsky init my-flows", () => user.run("npx vrsky init my-flows"));
    const [, into = ""] = found(/^ +(cd \S+)$/m, said);
    const [, start = ""] = found(/^ +(\S.* dev)(?: |$)/m, said);
    const port = await freePort();
    const running = user.start(`${into} && exec ${start} --http-port ${port}`);
    dev = running.child;
    await step("vrsky dev, nats-server fetched", () => running.until(/Ctrl-C stops/));
    const lines = join(user.cwd, "my-flows/.vrsky/data/orders.jsonl");
    const id = await step("the request, until its line is in the file", async () => {
      const answer = await pasted(found(/try: (curl .*)$/m, running.said())[1] ?? "");
      await until("the line", () => existsSync(lines) && readFileSync(lines, "utf8").includes(answer.id));
      return answer.id;
    });
    const [, trace = ""] = await running.until(/what became of it: (.*)$/m);
    const traced = await step("vrsky trace", () => user.run(`${into} && ${trace}`));
    if (!traced.includes(id) || !traced.includes("delivered")) throw new Error(`the trace says ${traced}`);
    return steps;
  } finally {
    if (dev !== undefined && dev.exitCode === null) {
      const ended = new Promise((resolve) => dev?.once("exit", resolve));
      // As Ctrl-C does: it reaches everything that was started in that terminal.
      if (dev.pid !== undefined) process.kill(-dev.pid, "SIGINT");
      await ended;
    }
    rmSync(folder, { recursive: true, force: true });
  }
}

/** For the summary page of a CI's step, where there is one. */
export function summarized(steps: readonly FirstStep[], total: number): void {
  const file = process.env.GITHUB_STEP_SUMMARY;
  if (file === undefined || file === "") return;
  const rows = [...steps, { what: "**together**", ms: total }].map(({ what, ms }) => `| ${what} | ${seconds(ms)} |`);
  appendFileSync(
    file,
    `### From nothing to the first message\n\n| step | took |\n| --- | --- |\n${rows.join("\n")}\n\n`,
  );
}

export const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

function packed(folder: string): string {
  const done = spawnSync("npm", ["pack", root, "--silent", "--pack-destination", folder], { encoding: "utf8" });
  if (done.status !== 0) throw new Error(`npm pack: ${done.stderr}`);
  return join(folder, done.stdout.trim().split("\n").at(-1) ?? "");
}

function newcomer(folder: string) {
  const [home, cwd] = [join(folder, "home"), join(folder, "work")];
  for (const each of [home, cwd]) mkdirSync(each);
  const { XDG_CACHE_HOME: _cache, VRSKY_NATS_SERVER: _server, VRSKY_NATS_URL: _url, ...inherited } = process.env;
  // What a run of npm tells the commands that it starts is not the newcomer's; where the registry is, is the machine's.
  const kept = Object.entries(inherited).filter(([name]) => !/^npm_(?!config_registry$)/i.test(name));
  const path = [dirname(process.execPath), "/usr/bin", "/bin"].join(delimiter);
  const env = { ...Object.fromEntries(kept), HOME: home, PATH: path, NO_COLOR: "1" };
  return {
    cwd,
    /** What it says on either stream. */
    run: (command: string): string => {
      const done = spawnSync("bash", ["-c", command], { cwd, env, encoding: "utf8", timeout: patience });
      if (done.status !== 0) throw new Error(`\`${command}\` ended with ${done.status}: ${done.stderr}`);
      return done.stdout + done.stderr;
    },
    start: (command: string) => {
      const child = spawn("bash", ["-c", command], { cwd, env, stdio: ["ignore", "ignore", "pipe"], detached: true });
      let said = "";
      child.stderr.on("data", (chunk: Buffer) => {
        said += chunk.toString();
      });
      return {
        child,
        said: () => said,
        until: async (words: RegExp): Promise<RegExpExecArray> => {
          await until(String(words), () => {
            if (child.exitCode !== null) throw new Error(`dev ended: ${said}`);
            return words.test(said);
          });
          return found(words, said);
        },
      };
    },
  };
}

/** The request that a curl to paste would make; the message's id. */
async function pasted(curl: string): Promise<{ readonly id: string }> {
  const [, url = ""] = found(/(http\S+)/, curl);
  const [, type = ""] = found(/-H 'content-type: ([^']*)'/, curl);
  const [, body = ""] = found(/-d '(.*)'$/, curl);
  const answer = await fetch(url, { method: "POST", headers: { "content-type": type }, body });
  if (answer.status !== 202) throw new Error(`the webhook answered ${answer.status}`);
  return (await answer.json()) as { id: string };
}

function found(words: RegExp, text: string): RegExpExecArray {
  const match = words.exec(text);
  if (match === null) throw new Error(`no ${words} in: ${text}`);
  return match;
}

async function until(what: string, done: () => boolean): Promise<void> {
  for (const end = performance.now() + patience; !done(); await setTimeout(5))
    if (performance.now() > end) throw new Error(`waited in vain for ${what}`);
}
