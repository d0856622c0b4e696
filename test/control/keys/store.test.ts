// The key store keeps seeds for its owner alone, whole or not at all, and says which file is wrong.

import { spawnSync } from "node:child_process";
import { chmodSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { exitCode } from "../../../control/failure.ts";
import { newKeys, withSigningKey, withTenants } from "../../../control/keys/make.ts";
import { createKeyStore, type KeyStore, openKeyStore } from "../../../control/keys/store.ts";
import { oneText } from "../../../control/keys/stored.ts";

const now = new Date("2026-01-02T03:04:05Z");
let home = "";
let folder = "";

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "vrsky-store-"));
  folder = join(home, "keys");
});
afterEach(() => rm(home, { recursive: true, force: true }));

function created(): KeyStore {
  const made = createKeyStore(folder, newKeys("shop", ["acme"], now));
  if (!made.ok) throw new Error(made.failure.message);
  return made.value;
}

const open = (env: Record<string, string> = {}) => openKeyStore({ file: folder }, { folder: home, env });

function refusal(result: ReturnType<typeof openKeyStore>): string {
  if (result.ok) throw new Error("opened");
  expect(exitCode(result.failure)).toBe(64);
  expect(result.failure.message).not.toMatch(/S[OAU][A-Z2-7]{56}/);
  return result.failure.message;
}

test("what was made is read again, and only its owner may", () => {
  const keys = created().keys();
  const again = open();
  expect(again).toMatchObject({ ok: true });
  expect(again.ok && again.value.keys()).toEqual(keys);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  for (const file of ["operator.json", "system.json", "platform.json", "tenants/acme.json"]) {
    expect(statSync(join(folder, file)).mode & 0o777, file).toBe(0o600);
  }
  expect(createKeyStore(folder, newKeys("shop", [], now)), "never over another").toMatchObject({ ok: false });
});

test("what is left of a store is never written over", () => {
  created();
  const before = readFileSync(join(folder, "tenants/acme.json"), "utf8");
  rmSync(join(folder, "operator.json"));
  expect(refusal(createKeyStore(folder, newKeys("shop", ["acme"], now)))).toMatch(/no operator\.json: restore that/);
  expect(readFileSync(join(folder, "tenants/acme.json"), "utf8")).toBe(before);
});

test("the three ways to say where it is", () => {
  const keys = created().keys();
  const place = { folder: home, env: { HOME: home, KEYS: oneText(keys) } };
  for (const reference of [{ file: "keys" }, { file: "~/keys" }, { file: folder }, { env: "KEYS" }]) {
    const opened = openKeyStore(reference, place);
    expect(opened.ok && opened.value.keys()).toEqual(keys);
  }
});

test.each([
  ["", 0o750],
  ["operator.json", 0o640],
  ["tenants/acme.json", 0o604],
])("refused when others may read %s", (file, mode) => {
  created();
  chmodSync(join(folder, file), mode);
  expect(refusal(open())).toMatch(new RegExp(`${join(folder, file)}.*may be read by others.*chmod`));
});

test("refused inside a git work tree, until it is ignored there", async () => {
  const git = (...args: string[]) => expect(spawnSync("git", args, { cwd: home }).status).toBe(0);
  git("init", "-q");
  expect(createKeyStore(folder, newKeys("shop", [], now))).toMatchObject({ ok: false });
  await mkdir(folder, { recursive: true });
  expect(readdirSync(folder)).toEqual([]);
  const link = join(await mkdtemp(join(tmpdir(), "vrsky-link-")), "keys");
  symlinkSync(folder, link);
  chmodSync(folder, 0o700);
  expect(createKeyStore(link, newKeys("shop", [], now)), "nor by a link").toMatchObject({ ok: false });
  await rm(dirname(link), { recursive: true });
  writeFileSync(join(home, ".gitignore"), "keys/\n");
  chmodSync(folder, 0o700);
  created();
  expect(open()).toMatchObject({ ok: true });
  // What is in the repository already, git does not ignore.
  git("add", "-f", "keys");
  expect(refusal(open())).toContain("not ignored");
});

test.each([
  ["operator.json", "{"],
  ["system.json", "[]"],
  ["tenants/acme.json", '{"identity":{"seed":"SAAA","created":""},"signing":[],"users":[],"revocations":{}}'],
])("a damaged %s is named", (file, text) => {
  created();
  writeFileSync(join(folder, file), text);
  const message = refusal(open());
  expect(message).toContain(join(folder, file));
  expect(message).toContain("damaged");
});

test("a store that is not there, a part that is missing, a variable without one: each says so", async () => {
  expect(refusal(open())).toContain("vrsky keys init");
  created();
  await rm(join(folder, "platform.json"));
  expect(refusal(open())).toContain("platform.json is missing");
  const variable = (value: string) => openKeyStore({ env: "KEYS" }, { folder: home, env: { KEYS: value } });
  for (const value of ["", "{", "{}", '{"operator":{}}']) expect(refusal(variable(value))).toContain("$KEYS");
});

test("a change touches the files that it concerns; a variable cannot be changed", async () => {
  const store = created();
  const operator = readFileSync(join(folder, "operator.json"), "utf8");
  const inode = statSync(join(folder, "operator.json")).ino;
  await store.change((keys) => withTenants(keys, ["globex"], now));
  expect(Object.keys(store.keys().tenants)).toEqual(["acme", "globex"]);
  expect(readFileSync(join(folder, "operator.json"), "utf8")).toBe(operator);
  expect(statSync(join(folder, "operator.json")).ino).toBe(inode);
  expect(readdirSync(folder).sort()).toEqual(["operator.json", "platform.json", "system.json", "tenants"]);

  const variable = openKeyStore({ env: "KEYS" }, { folder: home, env: { KEYS: oneText(store.keys()) } });
  if (!variable.ok) throw new Error(variable.failure.message);
  const refused = await variable.value.change((keys) => withTenants(keys, ["initech"], now));
  expect(refused).toMatchObject({ ok: false, failure: { message: expect.stringContaining("read-only") } });
});

test("changes at the same time wait for each other: none is lost", async () => {
  created();
  const stores = Array.from({ length: 8 }, () => {
    const opened = open();
    if (!opened.ok) throw new Error(opened.failure.message);
    return opened.value;
  });
  await Promise.all(stores.map((store, at) => store.change((keys) => withTenants(keys, [`t${at}`], now))));
  await Promise.all(
    stores.map((store) =>
      store.change((keys) => {
        const { acme } = keys.tenants;
        return acme === undefined
          ? keys
          : { ...keys, tenants: { ...keys.tenants, acme: withSigningKey(acme, "worker", now) } };
      }),
    ),
  );
  const last = open();
  if (!last.ok) throw new Error(last.failure.message);
  expect(Object.keys(last.value.keys().tenants)).toHaveLength(9);
  expect(last.value.keys().tenants.acme?.signing).toHaveLength(2 + 8);
});

test("the lock of a process that has ended holds nobody up", async () => {
  const store = created();
  const ended = spawnSync(process.execPath, ["-e", ""]).pid;
  writeFileSync(join(folder, "lock"), String(ended));
  expect(await store.change((keys) => keys)).toMatchObject({ ok: true });
});
