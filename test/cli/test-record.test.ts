// `vrsky test --record` against a real server and a real worker: what was traced becomes a case, and the case says what
// happened.

import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { testVerb } from "../../cli/verbs/test.ts";
import { recordVerb } from "../../cli/verbs/test-record.ts";
import { until } from "../rig/wait.ts";
import { watched } from "../rig/watched.ts";

const texts = {
  "tenants/acme/orders.yaml": `integration: orders
source: { http: { path: /orders }, contract: { id: string, total: number, password?: string }, message-id: "\${ body.id }" }
steps: [{ filter: "\${ body.total > 0 }" }]
targets:
  crm: { http: { url: "\${ settings.receiver }/crm" } }
  paid: { when: "\${ body.total > 100 }", http: { url: "\${ settings.receiver }/paid" } }
`,
};

const root = `workspace: watched
language: 1
settings: { receiver: string }
defaults: { settings: { receiver: "http://127.0.0.1:1" }, retry: { for: 1h, initial: 50ms, max: 100ms } }
contexts: { dev: {} }
`;

const plain = { update: false, coverage: false, json: false, watch: false };

test("a message that died becomes a case that shows its death; a second one stands behind it", async () => {
  await using world = await watched(texts);
  world.answers.set("/crm", () => 400);
  const folder = await mkdtemp(join(tmpdir(), "vrsky-record-"));
  try {
    await mkdir(join(folder, "tenants/acme"), { recursive: true });
    for (const [path, text] of Object.entries(texts)) await writeFile(join(folder, path), text);
    await writeFile(join(folder, "vrsky.yaml"), root);
    await world.post("/acme/orders", { id: "o-1", total: 200, password: "hunter2" }, { "x-shop": "north" });
    await world.post("/acme/orders", { id: "o-2", total: 5 });
    await until("both have their ends", () => world.events.filter(({ kind }) => kind === "outcome").length === 4);
    const record = (id: string) => world.verb((io) => recordVerb(folder, id, world.cluster, io));
    const first = await record("o-1");
    expect(first.err).toContain("written: tenants/acme/orders.test.yaml");
    expect(first.err).toContain("data of a real message");
    expect((await record("o-2")).err).toContain("added to: tenants/acme/orders.test.yaml");
    expect((await record("nobody")).code).toBe(1);

    const ran = await world.verb((io) => testVerb(folder, { ...plain, update: true }, io));
    expect(ran.out).toContain("2 written");
    expect((await world.verb((io) => testVerb(folder, plain, io))).code).toBe(0);
    const text = await readFile(join(folder, "tenants/acme/orders.test.yaml"), "utf8");
    expect(text).not.toContain("hunter2");
    expect(
      text.replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "THEN").replaceAll(/127\.0\.0\.1:\d+/g, "HERE"),
    ).toMatchInlineSnapshot(`
      "tests: orders
      cases:
        # Recorded: it holds data of a real message. Look through it before you commit it.
        # There: crm dead: rejected; paid delivered
        - name: message o-1
          at: THEN
          given:
            source: http
            id: o-1
            headers:
              host: HERE
              content-type: application/json
              x-shop: north
              accept: "*/*"
              accept-language: "*"
              sec-fetch-mode: cors
              user-agent: node
              accept-encoding: gzip, deflate
            meta:
              method: POST
            body:
              id: o-1
              total: 200
              password: •••
          answers:
            crm: 400
          expect:
            targets:
              paid:
                - id: o-1
                  total: 200
                  password: •••
            dead:
              crm: rejected
        # Recorded: it holds data of a real message. Look through it before you commit it.
        # There: crm dead: rejected; paid dropped
        - name: message o-2
          at: THEN
          given:
            source: http
            id: o-2
            headers:
              host: HERE
              content-type: application/json
              accept: "*/*"
              accept-language: "*"
              sec-fetch-mode: cors
              user-agent: node
              accept-encoding: gzip, deflate
            meta:
              method: POST
            body:
              id: o-2
              total: 5
          answers:
            crm: 400
          expect: { dead: { crm: rejected }, drops: { paid: when } }
      "
    `);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
