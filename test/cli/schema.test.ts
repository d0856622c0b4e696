// vrsky schema: a plain JSON Schema validator takes every document of the examples, and finds what is wrong in one.

import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv, type ValidateFunction } from "ajv";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { exit } from "../../cli/exit.ts";
import type { Io } from "../../cli/io.ts";
import { modeline, schemaFileOf } from "../../cli/schemas/workspace-schemas.ts";
import { schemaVerb } from "../../cli/verbs/schema.ts";

const examples = new URL("../../examples/", import.meta.url).pathname;
let folder = "";
const said: string[] = [];

const io = (): Io => ({
  out: (text) => void said.push(String(text)),
  err: (text) => void said.push(text),
  colorOut: false,
  colorErr: false,
  interactive: false,
  env: {},
  cwd: folder,
});
const schema = (workspace: string, flags: { write?: boolean; check?: boolean } = {}) =>
  schemaVerb(workspace, { write: false, check: false, json: false, ...flags }, io());

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "vrsky-schema-"));
  await cp(examples, join(folder, "examples"), { recursive: true });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Every file of a workspace that has a schema. */
async function specFiles(workspace: string): Promise<readonly string[]> {
  const all = await readdir(join(folder, workspace), { recursive: true });
  return all.filter((path) => /^(?:[^/]+|tenants\/.*|contracts\/.*)\.ya?ml$/.test(path) && !path.includes("secrets."));
}

const validators = new Map<string, ValidateFunction>();

async function validatorOf(workspace: string, file: string): Promise<ValidateFunction> {
  const text = await readFile(join(folder, workspace, schemaFileOf(file)), "utf8");
  const validate = validators.get(text) ?? new Ajv({ strict: false, allErrors: true }).compile(JSON.parse(text));
  validators.set(text, validate);
  return validate;
}

const documents = (text: string): readonly unknown[] =>
  parseAllDocuments(text).map((document) => document.toJS() as unknown);

describe.each(["examples", "examples/language"])("%s", (workspace) => {
  test("all of it is valid by the schemas that are written", async () => {
    expect(schema(workspace, { write: true })).toBe(exit.ok);
    const files = await specFiles(workspace);
    expect(files.length).toBeGreaterThan(5);
    for (const file of files) {
      const validate = await validatorOf(workspace, file);
      for (const document of documents(await readFile(join(folder, workspace, file), "utf8"))) {
        if (document === null) continue;
        validate(document);
        expect(validate.errors ?? [], file).toEqual([]);
      }
    }
  });

  test("written again they are the same; a change of the workspace's names makes them stale", async () => {
    expect(schema(workspace, { check: true })).toBe(exit.ok);
    const added = join(folder, workspace, "tenants", "acme", "added.yaml");
    await writeFile(added, "connections:\n  added: { http: { url: https://added.example.com } }\n");
    expect(schema(workspace, { check: true })).toBe(exit.findings);
    expect(said.at(-2)).toContain(".vrsky/schemas/tenants/acme.json");
    await rm(added);
    expect(schema(workspace, { check: true })).toBe(exit.ok);
  });
});

const wrong: Readonly<Record<string, { readonly spec: string; readonly at: string }>> = {
  "a key that there is not": { spec: "integration: a\nsource: { http: { pth: /a } }\nreply: {}", at: "/source/http" },
  "two connectors": {
    spec: "integration: a\nsource: { http: { path: /a }, schedule: { every: 1m } }\nreply: {}",
    at: "/source",
  },
  "a duration without unit": {
    spec: "integration: a\nsource: { http: { path: /a, timeout: 5 } }\nreply: {}",
    at: "/source/http/timeout",
  },
  "a contract that nobody declares": {
    spec: "integration: a\nsource: { http: { path: /a }, contract: ordre@1 }\nreply: {}",
    at: "/source/contract",
  },
  "a connection that nobody declares": {
    spec: "integration: a\nsource: { http: { path: /a } }\ntargets: { b: { http: { connection: crn, path: /b } } }",
    at: "/targets/b/http/connection",
  },
  "a connection of another connector": {
    spec: "integration: a\nsource: { http: { path: /a } }\ntargets: { b: { smtp: { connection: crm, to: a@b.c, subject: a, text: b } } }",
    at: "/targets/b/smtp/connection",
  },
  "a stream that nobody declares": {
    spec: "integration: a\nsource: { stream: contatcs }\nreply: {}",
    at: "/source/stream",
  },
  "a fragment that nobody declares": {
    spec: "integration: a\nsource: { http: { path: /a } }\nsteps: [{ use: normalise }]\nreply: {}",
    at: "/steps/0/use",
  },
  "a parameter that the fragment has not": {
    spec: "integration: a\nsource: { http: { path: /a } }\nsteps: [{ use: normalise-address, with: { land: SE } }]\nreply: {}",
    at: "/steps/0/with",
  },
  "a document of no kind": { spec: "intergation: a", at: "" },
};

test.each(Object.entries(wrong))("%s is found", async (_what, { spec, at }) => {
  const workspace = "examples/language";
  schema(workspace, { write: true });
  const validate = await validatorOf(workspace, "tenants/acme/new.yaml");
  expect(validate(documents(spec)[0])).toBe(false);
  expect(validate.errors?.map(({ instancePath }) => instancePath)).toContain(at);
});

test("a document in its own folder's schema: each tenant has its own names", async () => {
  schema("examples/language", { write: true });
  const spec = "integration: a\nsource: { stream: acme/paid-orders }\nreply: {}";
  expect((await validatorOf("examples/language", "tenants/globex/a.yaml"))(documents(spec)[0])).toBe(true);
  expect((await validatorOf("examples/language", "tenants/acme/a.yaml"))(documents(spec)[0])).toBe(false);
});

test("the first line by which an editor finds the schema leads there from any depth", () => {
  expect(modeline("vrsky.yaml")).toBe("# yaml-language-server: $schema=.vrsky/schemas/workspace.json");
  expect(modeline("tenants/acme/in/a.yaml")).toBe(
    "# yaml-language-server: $schema=../../../.vrsky/schemas/tenants/acme.json",
  );
  expect(modeline("contracts/order@1.yaml")).toBe("# yaml-language-server: $schema=../.vrsky/schemas/contract.json");
});

test("a folder that is no workspace is told", () => {
  expect(schema("examples/mails")).toBe(exit.findings);
});
