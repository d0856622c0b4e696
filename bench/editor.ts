// What an author feels in the editor: a key is pressed in one of 1,000 integrations, and the findings of the file come
// back, or what may stand there next. Through the built command line and the protocol, as an editor asks.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { CompletionRequest, HoverRequest } from "vscode-languageserver/node";
import { languageClient } from "../test/rig/language-client.ts";
import { generate } from "./compile/generate.ts";
import { vrsky } from "./compile.ts";

export interface Felt {
  readonly what: string;
  /** Milliseconds. */
  readonly p50: number;
  readonly p95: number;
  readonly most: number;
  /** Of the server for each, whatever else the machine does; completion with the two checks that its edits ask for. */
  readonly cpu: number;
}

const rounds = 100;

export async function editor(
  integrations: number,
): Promise<{ readonly opened: number; readonly felt: readonly Felt[] }> {
  const root = mkdtempSync(join(tmpdir(), "vrsky-editor-"));
  const texts = generate(integrations);
  for (const [path, text] of texts) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  const path = [...texts.keys()].find((name) => /flow-\d+\.yaml$/.test(name)) ?? "";
  const start = performance.now();
  await using client = await languageClient(root, { vrsky: [vrsky] });
  const document = await client.open(path);
  const asked = { textDocument: { uri: document.uri } };
  // Answers come in order: this one, when the first check is over.
  const mark = "body.amount * 100";
  await document.replace(mark, "body.amuont * 100");
  await client.findings(path, (found) => found.length > 0);
  const opened = performance.now() - start;
  await document.replace("body.amuont * 100", mark);
  await client.findings(path, (found) => found.length === 0);

  const all = Array.from({ length: rounds }, (_, round) => round);
  const felt = async (what: string, one: (round: number) => Promise<readonly number[]>): Promise<Felt> => {
    const busy = cpuOf(client.child.pid);
    const taken: number[] = [];
    for (const round of all) taken.push(...(await one(round)));
    return spread(what, taken, (cpuOf(client.child.pid) - busy) / taken.length);
  };
  const until = (wrong: boolean) => client.findings(path, (found) => found.length > 0 === wrong);
  const types = async (from: string, to: string, wrong: boolean): Promise<number> => {
    const before = performance.now();
    await document.replace(from, to);
    await until(wrong);
    return performance.now() - before;
  };
  const findings = await felt("key → findings", async (round) => {
    const wrong = `body.amount${round} * 100`;
    const broken = await types(round === 0 ? mark : `body.amount * ${round + 1000}`, wrong, true);
    return [broken, await types(wrong, `body.amount * ${round + 1001}`, false)];
  });
  const last = `body.amount * ${rounds + 1000}`;
  const completion = await felt("key → completion", async () => {
    const before = performance.now();
    await document.replace(last, "body. * 100");
    const position = document.at("body. * 100", 5);
    const offered = await client.connection.sendRequest(CompletionRequest.type, { ...asked, position });
    if (offered === null || Array.isArray(offered) || offered.items.length === 0) throw new Error("nothing is offered");
    const taken = performance.now() - before;
    // What is half written is a finding, told behind the answer.
    await until(true);
    await types("body. * 100", last, false);
    return [taken];
  });
  const hover = await felt("hover", async () => {
    const before = performance.now();
    const said = await client.connection.sendRequest(HoverRequest.type, { ...asked, position: document.at(last, 6) });
    if (said === null) throw new Error("nothing is said");
    return [performance.now() - before];
  });
  rmSync(root, { recursive: true, force: true });
  return { opened, felt: [findings, completion, hover] };
}

/** Milliseconds of the server and its type checker, where the system tells them. */
function cpuOf(pid: number | undefined): number {
  try {
    const tasks = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ");
    const all = [String(pid), ...tasks.filter((task) => task !== "")];
    return all.reduce((sum, task) => {
      const fields = readFileSync(`/proc/${task}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
      return sum + (Number(fields[11]) + Number(fields[12])) * 10;
    }, 0);
  } catch {
    return Number.NaN;
  }
}

function spread(what: string, all: readonly number[], cpu: number): Felt {
  const sorted = [...all].sort((a, b) => a - b);
  const at = (part: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
  return { what, p50: at(0.5), p95: at(0.95), most: sorted.at(-1) ?? 0, cpu };
}
