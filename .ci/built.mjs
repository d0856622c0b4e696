// The built command, as users have it: its threads are found, every example starts, and a script runs where there are
// no sources to load.

import { spawn, spawnSync } from "node:child_process";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = new URL("..", import.meta.url).pathname;
const folder = await mkdtemp(join(tmpdir(), "vrsky-built-"));
let child;
try {
  await cp(join(root, "examples"), folder, { recursive: true, filter: (path) => !path.includes(".vrsky") });
  const wrong = join(folder, "tenants/shop/wrong.yaml");
  await writeFile(
    wrong,
    (await readFile(join(folder, "tenants/shop/leads.yaml"), "utf8")).replace("body.leadId", "body.leadID"),
  );
  const found = spawnSync(process.execPath, [join(root, "dist/vrsky.mjs"), "validate", folder, "--json"], {
    encoding: "utf8",
  });
  const codes = JSON.parse(found.stdout).diagnostics.map(({ code }) => code);
  if (!codes.includes("VRS4002") || found.stderr !== "") throw new Error(`validate said ${codes} and ${found.stderr}`);
  await rm(wrong);
  child = spawn(process.execPath, [join(root, "dist/vrsky.mjs"), "dev", folder, "--http-port", "0"], {
    env: { ...process.env, NO_COLOR: "1" },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.on("data", (chunk) => {
    said += chunk;
  });
  const until = async (what, done) => {
    for (const end = Date.now() + 60_000; Date.now() < end; await new Promise((wait) => setTimeout(wait, 50))) {
      if (child.exitCode !== null) break;
      const found = await done();
      if (found) return found;
    }
    throw new Error(`${what} did not happen:\n${said}`);
  };
  const url = await until("the start", () => /http:\/\/\S+\/shop\/shipping/.exec(said)?.[0]);
  const body = JSON.stringify({ id: "1", country: "NO", parcels: [{ grams: 1200, fragile: true }] });
  const answer = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body });
  if (answer.status !== 202) throw new Error(`the webhook answered ${answer.status}: ${await answer.text()}`);
  const file = join(folder, ".vrsky/data/shop/labels.jsonl");
  const text = await until("the delivery", () => readFile(file, "utf8").catch(() => ""));
  const label = JSON.parse(text);
  if (label.carrier !== "road" || label.cents !== 2800) throw new Error(`the script gave ${text}`);
  process.stdout.write("the built command runs the examples, scripts included\n");
} finally {
  if (child !== undefined && child.exitCode === null) {
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGINT");
    await ended;
  }
  await rm(folder, { recursive: true, force: true });
}
