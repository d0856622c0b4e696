// What an author feels in the editor: a key is pressed in one of 1,000 integrations, and the findings of the file come
// back, or what may stand there next. Through the built command line and the protocol, as an editor asks.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
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
}

const rounds = 200;

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

  const findings: number[] = [];
  const completions: number[] = [];
  const hovers: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    // No text comes twice: an answer that was given before is known.
    const [factor, next] = [`body.amount * ${100 + round}`, `body.amount * ${101 + round}`];
    const wrong = `body.amount${round} * ${100 + round}`;
    const before = performance.now();
    await document.replace(factor, wrong);
    await client.findings(path, (found) => found.length > 0);
    findings.push(performance.now() - before);
    const again = performance.now();
    await document.replace(wrong, next);
    await client.findings(path, (found) => found.length === 0);
    findings.push(performance.now() - again);
    const completing = performance.now();
    await document.replace(next, "body. * 100");
    const offered = await client.connection.sendRequest(CompletionRequest.type, {
      ...asked,
      position: document.at("body. * 100", 5),
    });
    if (offered === null || Array.isArray(offered) || offered.items.length === 0) throw new Error("nothing is offered");
    completions.push(performance.now() - completing);
    await document.replace("body. * 100", next);
    await client.findings(path, (found) => found.length === 0);
    const hovering = performance.now();
    const said = await client.connection.sendRequest(HoverRequest.type, { ...asked, position: document.at(next, 6) });
    if (said === null) throw new Error("nothing is said");
    hovers.push(performance.now() - hovering);
  }
  rmSync(root, { recursive: true, force: true });
  return {
    opened,
    felt: [spread("key → findings", findings), spread("key → completion", completions), spread("hover", hovers)],
  };
}

function spread(what: string, all: readonly number[]): Felt {
  const sorted = [...all].sort((a, b) => a - b);
  const at = (part: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
  return { what, p50: at(0.5), p95: at(0.95), most: sorted.at(-1) ?? 0 };
}
