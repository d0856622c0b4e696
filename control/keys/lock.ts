// One at a time, across processes: a file that names who is at work. One whose process has ended does not count.

import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { failed, type Result } from "../failure.ts";

const patienceMs = 10_000;

export async function locked<T>(path: string, work: () => Result<T>): Promise<Result<T>> {
  const end = Date.now() + patienceMs;
  for (let state = take(path); state !== "taken"; state = take(path)) {
    if (state === "unwritable") return failed({ kind: "credentials", message: `${path} cannot be written` });
    if (holderEnded(path)) rmSync(path, { force: true });
    else if (Date.now() > end)
      return failed({ kind: "failed", message: `${path} is held by another process; try again when it has ended` });
    else await setTimeout(20);
  }
  try {
    return work();
  } finally {
    rmSync(path, { force: true });
  }
}

function take(path: string): "taken" | "held" | "unwritable" {
  try {
    writeFileSync(path, String(process.pid), { flag: "wx", mode: 0o600 });
    return "taken";
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EEXIST" ? "held" : "unwritable";
  }
}

function holderEnded(path: string): boolean {
  try {
    const pid = Number(readFileSync(path, "utf8"));
    if (!(pid > 0) || pid === process.pid) return false;
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "ESRCH";
  }
}
