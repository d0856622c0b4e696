// Whether a process id from a file still means the process that wrote it: ids are reused, above all in containers.

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";

/** True when the process lives and was started with the configuration file. */
export async function runningIn(pid: number, configPath: string): Promise<boolean> {
  return (await command(pid)).includes(configPath);
}

async function command(pid: number): Promise<string> {
  if (existsSync("/proc/self/cmdline")) return readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
  const listed = promisify(execFile)("ps", ["-o", "command=", "-p", String(pid)]);
  return listed.then(
    ({ stdout }) => stdout,
    () => "",
  );
}
