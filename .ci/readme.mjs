// The README as a stranger follows it: a fresh clone, an empty HOME, its files written as printed and its commands run
// as printed. What the README says is read from it, so that it cannot drift from what is tried here.

import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";

const root = new URL("..", import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), "vrsky-readme-"));
const clone = join(folder, "clone");
const home = join(folder, "home");
const { XDG_CACHE_HOME: _cache, VRSKY_NATS_SERVER: _server, ...inherited } = process.env;
const env = { ...inherited, HOME: home, NO_COLOR: "1" };

function fail(what) {
  process.stderr.write(`README: ${what}\n`);
  process.exitCode = 1;
  throw new Error(what);
}

/** Fenced blocks of a language, in order. */
const blocks = (text, language) =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, "gm"))].map((match) => match[1] ?? "");

const commands = (block) =>
  block
    .split("\n")
    .map((line) => line.replace(/\s+# .*$/, "").trim())
    .filter((line) => line !== "");

function run(command) {
  process.stdout.write(`  $ ${command}\n`);
  const done = spawnSync("bash", ["-c", command], { cwd: clone, env, encoding: "utf8", timeout: 300_000 });
  if (done.status !== 0) fail(`\`${command}\` ended with ${done.status}:\n${done.stdout}${done.stderr}`);
  return done.stdout;
}

/** A command that stays: `use` is called once it has said `ready`, then it is told to stop. */
async function stays(command, ready, use) {
  process.stdout.write(`  $ ${command}\n`);
  const child = spawn("bash", ["-c", `exec ${command}`], { cwd: clone, env, detached: true });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (said += chunk));
  const ended = new Promise((resolve) => child.once("exit", resolve));
  try {
    for (let waited = 0; !said.includes(ready); waited += 50) {
      if (waited > 120_000 || child.exitCode !== null) fail(`\`${command}\` did not come up:\n${said}`);
      await setTimeout(50);
    }
    await use();
  } finally {
    process.kill(-child.pid, "SIGINT");
    await ended;
  }
}

try {
  mkdirSync(home);
  const cloned = spawnSync("git", ["clone", "--quiet", "--no-hardlinks", root, clone], { stdio: "inherit" });
  if (cloned.status !== 0) fail("the repository cannot be cloned");
  const readme = readFileSync(join(clone, "README.md"), "utf8");
  const [two = "", first = ""] = blocks(readme, "sh");

  const [demo, start] = commands(two);
  run(demo);
  await stays(start, "VRSky dev", async () => undefined);

  const [build, init, dev, curl, cat] = commands(first);
  run(build);
  run(init);
  // What is shown is what is written.
  for (const text of blocks(readme, "yaml")) {
    const path = /^# (\S+\.yaml)\n/.exec(text)?.[1] ?? fail("a YAML block without its path");
    const shown = text.slice(text.indexOf("\n") + 1);
    if (!readFileSync(join(folder, "my-flows", path), "utf8").endsWith(shown)) fail(`${path} is not what init writes`);
  }
  await stays(dev, "curl -i", async () => {
    const answer = run(curl);
    if (!answer.startsWith("HTTP/1.1 202")) fail(`the webhook answered ${answer}`);
    for (let waited = 0; ; waited += 50) {
      const found = spawnSync("bash", ["-c", cat], { cwd: clone, env, encoding: "utf8" });
      if (found.stdout.includes('{"id":"1","customer":"unknown","cents":1250}')) break;
      if (waited > 10_000) fail(`\`${cat}\` shows ${found.stdout}${found.stderr}`);
      await setTimeout(50);
    }
    process.stdout.write(`  $ ${cat}\n`);
  });
  process.stdout.write("  the README holds\n");
} catch (error) {
  if (process.exitCode === undefined) throw error;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
