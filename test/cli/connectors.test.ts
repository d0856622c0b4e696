// `vrsky connectors`: from manifests alone, the same for people and for scripts.

import { expect, test } from "vitest";
import { connectorsList, connectorsShow } from "../../cli/verbs/connectors.ts";
import { manifests } from "../../connectors/all.ts";
import { settingRows } from "../../schema/settings-table.ts";

function said(run: (io: Parameters<typeof connectorsList>[1]) => number, colorOut = false) {
  let [out, err] = ["", ""];
  const code = run({
    out: (text) => {
      out += String(text);
    },
    err: (text) => {
      err += text;
    },
    colorOut,
    colorErr: false,
    interactive: false,
    env: {},
    cwd: "/",
  });
  return { code, out, err };
}

test("list names every connector once, aligned, with what it can do", () => {
  const { code, out } = said((io) => connectorsList({ json: false }, io));
  expect(code).toBe(0);
  const [head = "", ...lines] = out.trimEnd().split("\n");
  expect(lines.map((line) => line.split(" ")[0])).toEqual(manifests.map(({ name }) => name).sort());
  const at = head.indexOf("description");
  expect(lines.every((line) => line[at - 1] === " " && line[at] !== " ")).toBe(true);
  const http = JSON.parse(said((io) => connectorsList({ json: true }, io)).out).connectors.find(
    ({ name }: { readonly name: string }) => name === "http",
  );
  expect(http.capabilities).toEqual(["source", "target", "call", "connection", "batches", "replies"]);
});

test("show tells each setting of each side, what goes wrong, and an example", () => {
  for (const manifest of manifests) {
    const { code, out } = said((io) => connectorsShow(manifest.name, { json: false }, io));
    expect(code).toBe(0);
    for (const side of ["source", "target", "call", "connection"] as const) {
      for (const { name } of settingRows(manifest, side)) expect(out).toContain(name === "" ? "(the value)" : name);
    }
    for (const { spec } of manifest.examples) for (const line of spec) expect(out).toContain(line);
    const { errors = [] } = manifest.target ?? {};
    for (const { result } of errors) expect(out).toContain(result);
    expect(JSON.parse(said((io) => connectorsShow(manifest.name, { json: true }, io)).out)).toMatchObject({
      name: manifest.name,
      stability: manifest.stability,
    });
  }
});

test("colours only where the terminal has them; a name that is none is guessed", () => {
  expect(said((io) => connectorsShow("file", { json: false }, io)).out).not.toContain("\u001b");
  expect(said((io) => connectorsShow("file", { json: false }, io), true).out).toContain("\u001b[");
  const wrong = said((io) => connectorsShow("postgre", { json: false }, io));
  expect(wrong).toMatchObject({ code: 64, out: "" });
  expect(wrong.err).toContain("Did you mean postgres?");
});
