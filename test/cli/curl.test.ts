// What `vrsky dev` prints to be pasted, sent to a real worker: each is taken, whatever the format and the method.

import { expect, test } from "vitest";
import { curl } from "../../cli/curl.ts";
import { compileTexts } from "../rig/compile.ts";
import { watched } from "../rig/watched.ts";

const fields = "{ id: string, count: integer, tags: [string] }";
const sources = {
  json: `{ http: { path: /json }, contract: ${fields} }`,
  put: `{ http: { path: /put, methods: [PUT, POST] }, contract: ${fields} }`,
  xml: `{ http: { path: /xml, format: xml }, contract: { order: ${fields.replace("{", "{ '@no': string,")} } }`,
  "xml-any": "{ http: { path: /xml-any, format: xml }, contract: any }",
  form: `{ http: { path: /form, format: form }, contract: ${fields} }`,
  text: "{ http: { path: /text, format: text }, contract: words@1 }",
  event: `{ http: { path: /event, envelope: cloudevents }, contract: ${fields} }`,
} as const;

const texts = Object.fromEntries([
  ["contracts/words@1.yaml", "type: string\nminLength: 6\n"],
  ...Object.entries(sources).map(([name, source]) => [
    `tenants/acme/${name}.yaml`,
    `integration: ${name}\nsource: ${source}\ntargets: { out: { http: { url: "http://127.0.0.1:1" } } }\n`,
  ]),
]);

test("the request that is printed for a webhook is one that it takes", async () => {
  const { emitted, diagnostics } = compileTexts(texts);
  if (emitted === undefined) throw new Error(JSON.stringify(diagnostics));
  await using world = await watched(texts);
  const sent = await Promise.all(
    emitted.bundles.map(async ({ bundle }) => {
      const [source] = Object.values(bundle.sources);
      if (source === undefined) throw new Error("no source");
      const url = `http://127.0.0.1:${world.house().httpPort}/acme${source.address}`;
      const printed = curl(url, source, bundle);
      const [, method = "POST", to = "", type = "", body = ""] =
        /^curl -i (?:-X (\S+) )?(\S+) -H 'content-type: ([^']+)' -d '([^']*)'$/.exec(printed) ?? [];
      const { status } = await fetch(to, { method, headers: { "content-type": type }, body });
      return [bundle.integration, method, status];
    }),
  );
  expect(sent.sort()).toEqual([
    ["event", "POST", 202],
    ["form", "POST", 202],
    ["json", "POST", 202],
    ["put", "PUT", 202],
    ["text", "POST", 202],
    ["xml", "POST", 202],
    ["xml-any", "POST", 202],
  ]);
});
