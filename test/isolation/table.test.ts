// docs/isolation.md against the rights as they are: each has its row and its reason, and no row is about nothing.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { operatorServerConf } from "../../control/accounts/server-conf.ts";
import { newKeys } from "../../control/keys/make.ts";
import { serverConfig } from "../../control/nats-server/config.ts";
import { compileTexts } from "../rig/compile.ts";
import { workspaceTexts } from "../rig/grants.ts";

const page = readFileSync(new URL("../../docs/isolation.md", import.meta.url), "utf8");

function compiled() {
  const { emitted, diagnostics } = compileTexts(workspaceTexts(["t0"], "http://127.0.0.1:1"));
  if (emitted === undefined) throw new Error(JSON.stringify(diagnostics, null, 2));
  return emitted;
}

/** Rows that are about what the author writes, and what that is here. */
const ofNats: Readonly<Record<string, RegExp>> = {
  "the subject of each `nats` target": /^(?:web\.out|files\.\*\.out)$/,
  "the key of each `nats` target": /^\$KV\.told\.\*$/,
  "the subject of each `nats` source": /^spoken\.in$/,
};

/** Rows of the part below a heading, as patterns: `<integration>` stands for a token or a part of one. */
function rowsOf(direction: string): readonly { readonly right: string; readonly pattern: RegExp }[] {
  const part = page.split(`**${direction}**`)[1]?.split(/^(?:\*\*|The column)/m)[0] ?? "";
  const rows = [...part.matchAll(/^\| (?:`([^`]+)`|(the (?:subject|key) of each `nats` (?:target|source))[^|]*) \|/gm)];
  return rows.map(([, right, of = ""]) => ({
    right: right ?? of,
    pattern:
      right === undefined
        ? (ofNats[of] ?? /^$/)
        : new RegExp(`^${right.replace(/[.*$^]/g, "\\$&").replace(/<\w+>/g, "[a-zA-Z][^.*]*")}$`),
  }));
}

test.each(["Publish", "Subscribe"] as const)("each right to %s has one row", (direction) => {
  const { permissions } = compiled().topology.tenants.find(({ tenant }) => tenant === "t0")?.users[0] ?? {};
  const rights = (direction === "Publish" ? permissions?.publish : permissions?.subscribe) ?? [];
  const rows = rowsOf(direction);
  expect(rights.length).toBeGreaterThan(1);
  const rowsFor = (right: string) => rows.filter(({ pattern }) => pattern.test(right)).map((row) => row.right);
  expect(rights.filter((right) => rowsFor(right).length !== 1)).toEqual([]);
  for (const { right, pattern } of rows)
    expect(
      rights.some((each) => pattern.test(each)),
      right,
    ).toBe(true);
});

test("the page names tests that exist", () => {
  const named = [...page.matchAll(/`(test\/[\w./-]+)`/g)].map(([, path = ""]) => path);
  expect(named.length).toBeGreaterThan(5);
  for (const path of named) expect(() => readFileSync(new URL(`../../${path}`, import.meta.url))).not.toThrow();
});

test("no configuration that is written opens the server's monitoring", () => {
  const login = { user: "a", password: "b" };
  const credentials = { system: login, accounts: {}, users: {} };
  const texts = [
    compiled().files.get("nats/server.conf") ?? "",
    serverConfig({ dir: "/data", port: -1, syncAlways: true, accounts: {}, credentials }),
    operatorServerConf({ keys: newKeys("test", [], new Date()), now: new Date(), memory: false, accounts: [] }),
  ];
  for (const text of texts) {
    expect(text).toContain("jetstream");
    expect(text).not.toMatch(/^\s*"?(?:https?|https?_port|monitor_port|prof_port)"?\s*[:=]/m);
  }
});
