// What lies outside a workspace stays outside: a link that a repository brings must not put a file of the machine into
// a finding, nor make a compile walk the whole disk.

import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { compileFolder } from "../../cli/compile-workspace.ts";
import { renderText } from "../../compiler/report/text.ts";

let base = "";
let workspace = "";
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), "vrsky-files-"));
  workspace = join(base, "shop");
  await mkdir(join(workspace, "tenants/acme/real"), { recursive: true });
  await mkdir(join(workspace, "contracts"));
  await mkdir(join(base, "elsewhere"));
  await writeFile(join(base, "elsewhere/seed.yaml"), "SOABCDEF\n");
  await writeFile(join(workspace, "vrsky.yaml"), "workspace: shop\nlanguage: 1\n");
  await writeFile(join(workspace, "tenants/acme/real/tenant.yaml"), "tenant: acme\n");
});
afterAll(() => rm(base, { recursive: true }));

function findings(): { readonly places: readonly string[]; readonly text: string } {
  const { diagnostics, sources } = compileFolder(workspace, { cache: false });
  return {
    places: diagnostics.map(({ code, file, message }) => `${code} ${file}: ${message}`),
    text: renderText(diagnostics, sources, { color: false }),
  };
}

test("a link to a file outside is a finding that shows nothing of it", async () => {
  const links = ["tenants/acme/key.yaml", "contracts/key@1.json"].map((name) => join(workspace, name));
  for (const link of links) await symlink(join(base, "elsewhere/seed.yaml"), link);
  const { places, text } = findings();
  for (const link of links) await rm(link);
  const why = "The file cannot be read: a link leads out of the workspace.";
  expect(places).toEqual([`VRS1007 contracts/key@1.json: ${why}`, `VRS1007 tenants/acme/key.yaml: ${why}`]);
  expect(text).not.toContain("SOABCDEF");
});

test("a link to a folder outside, and one in a circle, are findings and not walked", async () => {
  await symlink("/", join(workspace, "tenants/acme/disk"));
  await symlink("..", join(workspace, "tenants/acme/up"));
  const { places } = findings();
  await rm(join(workspace, "tenants/acme/disk"));
  await rm(join(workspace, "tenants/acme/up"));
  expect(places.toSorted()).toEqual([
    "VRS1007 tenants/acme/disk: The folder cannot be read.",
    "VRS1007 tenants/acme/up: The folder cannot be read.",
  ]);
});

test("the name of a file is one line and moves no cursor", async () => {
  const file = join(workspace, "tenants/acme/a\n\u001b[2Jb.yaml");
  await writeFile(file, "x\n");
  const { text } = findings();
  await rm(file);
  expect(text).toContain("--> tenants/acme/a\u{fffd}\u{fffd}[2Jb.yaml:1:1\n");
});

test("links within the workspace are followed, as mounted volumes have them", async () => {
  await mkdir(join(workspace, "tenants/acme/..2026"));
  const text =
    "integration: a\nsource: { http: { path: /a }, contract: any }\ntargets: { b: { nats: { subject: b } } }\n";
  await writeFile(join(workspace, "tenants/acme/..2026/a.yaml"), text);
  await symlink("..2026", join(workspace, "tenants/acme/..data"));
  await symlink("..data/a.yaml", join(workspace, "tenants/acme/a.yaml"));
  expect(compileFolder(workspace, { cache: false }).integrations).toBe(1);
});
