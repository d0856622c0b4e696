// Logins by file and by folder: told when they cannot be used, and read again whenever a connection asks.

import { expect, test } from "vitest";
import { type Credentials, readCredentials } from "../../control/credentials.ts";
import { credsText, readCreds, userClaims } from "../../control/keys/claims-user.ts";
import { signJwt } from "../../control/keys/jwt.ts";
import { createNkey, nkeyVerify } from "../../schema/nkey.ts";

const account = createNkey("account");
const at = 1_700_000_000;
const now = new Date(at * 1000);

function creds(expires?: number): string {
  const key = createNkey("user");
  const facts = { name: "w", subject: key.publicKey, account: account.publicKey };
  const claims = userClaims(expires === undefined ? facts : { ...facts, expires });
  return credsText({ key, jwt: signJwt(claims, account, at) });
}

const folder = (files: Readonly<Record<string, string>>): Credentials => ({
  kind: "folder",
  path: "creds",
  read: (tenant) => files[tenant],
});

const reason = (result: ReturnType<typeof readCredentials>): string => (result.ok ? "" : result.failure.message);

test("a folder has a file for each tenant, or the one that is missing is named", () => {
  const files = { acme: creds(), globex: creds() };
  const logins = readCredentials(folder(files), ["acme", "globex"], now);
  expect(logins.ok && [...logins.value.keys()]).toEqual(["acme", "globex"]);
  expect(reason(readCredentials(folder(files), ["acme", "initech"], now))).toContain("creds/initech.creds");
  const damaged = { acme: files.acme.replace("SU", "SA") };
  expect(reason(readCredentials(folder(damaged), ["acme"], now))).toContain("creds/acme.creds holds no usable");
});

test("the nonce is signed by the key that the server finds in the JWT", () => {
  const text = creds();
  const logins = readCredentials(text, ["acme"], now);
  const login = logins.ok ? logins.value.get("acme") : undefined;
  const { jwt, nkey, sig } = Object(login?.("a nonce"));
  const read = readCreds(text);
  expect({ jwt, nkey }).toEqual({ jwt: read?.jwt, nkey: read?.key.publicKey });
  expect(nkeyVerify(nkey, Buffer.from("a nonce"), Buffer.from(sig, "base64url"))).toBe(true);
});

test("what is exchanged is taken at the next connect; while it is half written, the one before is good", () => {
  const files = { acme: creds() };
  const logins = readCredentials(folder(files), ["acme"], now);
  const login = logins.ok ? logins.value.get("acme") : undefined;
  const used = () => Object(login?.("nonce")).jwt;
  const first = readCreds(files.acme)?.jwt;
  expect(used()).toBe(first);
  const next = creds();
  files.acme = next.slice(0, 200);
  expect(used()).toBe(first);
  files.acme = next;
  expect(used()).toBe(readCreds(next)?.jwt);
});

test("a password that is exchanged in the JSON file is taken, too", () => {
  let text = '{"acme":{"user":"u","password":"one"}}';
  const logins = readCredentials({ kind: "file", read: () => text }, ["acme"], now);
  const login = logins.ok ? logins.value.get("acme") : undefined;
  expect(login?.()).toMatchObject({ user: "u", pass: "one" });
  text = '{"acme":{"user":"u","password":"two"}}';
  expect(login?.()).toMatchObject({ user: "u", pass: "two" });
  text = "{";
  expect(login?.()).toMatchObject({ user: "u", pass: "two" });
});

test("expired credentials are told before anybody is asked", () => {
  expect(readCredentials(folder({ acme: creds(at + 60) }), ["acme"], now).ok).toBe(true);
  const expired = readCredentials(folder({ acme: creds(at) }), ["acme"], now);
  expect(expired).toMatchObject({ ok: false, failure: { kind: "denied" } });
  expect(reason(expired)).toContain("expired at 2023-11-14T22:13:20.000Z");
});

test("one .creds file is one account", () => {
  expect(reason(readCredentials(creds(), ["acme", "globex"], now))).toContain("a folder with <tenant>.creds");
});
