// Progress as a person sees it on a real terminal, and as nobody sees it elsewhere.

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { scriptFile } from "../rig/scripts.ts";
import { hasTerminal, onTerminal, screen } from "../rig/terminal.ts";
import { until } from "../rig/wait.ts";

const root = new URL("../..", import.meta.url).pathname;
const args = (how: string): readonly string[] => [scriptFile("progress"), how];
const shell = (how: string): string => [process.execPath, ...args(how)].map((word) => `'${word}'`).join(" ");

const onTerminals = test.skipIf(!hasTerminal).concurrent;

onTerminals("what takes more than a second says so below the talk, and is gone at its end", async () => {
  const { written, ended } = onTerminal(shell("counting"));
  await ended;
  expect(written()).toMatch(/applying 12\/40.*update stream IN_orders +1 s/);
  expect(written()).toContain("applying 13/40");
  expect(screen(written())).toEqual(["a warning", "applied"]);
});

onTerminals("work that lets nothing else run is shown as well", async () => {
  const { written, ended } = onTerminal(shell("blocking"));
  await ended;
  expect(written()).toMatch(/compiling.* [1-9] s/);
  expect(screen(written())).toEqual(["compiled"]);
});

onTerminals("Ctrl-C takes the line away and does what it always does", async () => {
  const { written, ended, type } = onTerminal(`trap : INT; ${shell("endless")}; echo "ended with $?"`);
  await until("it is shown", () => written().includes("applying 12/40"));
  type("\u0003");
  await ended;
  expect(screen(written().replace("^C", ""))).toEqual(["ended with 130"]);
});

onTerminals("nothing of it where a CI lends the terminal", async () => {
  const { written, ended } = onTerminal(shell("blocking"), { CI: "true" });
  await ended;
  expect(written()).toBe("compiled\r\n");
});

test.concurrent("nothing of it in a pipe", async () => {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args("blocking"), { cwd: root });
  expect([stdout, stderr]).toEqual(["", "compiled\n"]);
});
