// Our keys are NATS's keys: the official library reads them, and each verifies what the other signs.

import { createAccount, createOperator, createUser, fromPublic, fromSeed } from "@nats-io/nkeys";
import { expect, test } from "vitest";
import { createNkey, nkeyFromSeed, nkeyKind, nkeySign, nkeyVerify, signText, verifyText } from "../../schema/nkey.ts";

const data = Buffer.from("what is signed");

test.each(["operator", "account", "user"] as const)("the official library takes a key of an %s", (kind) => {
  const key = createNkey(kind);
  const theirs = fromSeed(Buffer.from(key.seed));
  expect(theirs.getPublicKey()).toBe(key.publicKey);
  expect(nkeyKind(key.publicKey)).toBe(kind);
  expect(nkeyFromSeed(key.seed)).toEqual(key);
  expect(fromPublic(key.publicKey).verify(data, nkeySign(key, data))).toBe(true);
  expect(nkeyVerify(key.publicKey, data, theirs.sign(data))).toBe(true);
});

test.each([createOperator, createAccount, createUser])("its keys are ours", (create) => {
  const theirs = create();
  const seed = Buffer.from(theirs.getSeed()).toString();
  expect(nkeyFromSeed(seed)).toMatchObject({ seed, publicKey: theirs.getPublicKey() });
});

test("a key with a wrong letter, a signature of another key, another text: all refused", () => {
  const key = createNkey("operator");
  const signature = nkeySign(key, data);
  expect(nkeyVerify(key.publicKey, data, signature)).toBe(true);
  expect(nkeyVerify(createNkey("operator").publicKey, data, signature)).toBe(false);
  expect(nkeyVerify(key.publicKey, Buffer.from("else"), signature)).toBe(false);
  const changed = key.publicKey.slice(0, -1) + (key.publicKey.endsWith("A") ? "B" : "A");
  expect(nkeyKind(changed)).toBeUndefined();
  expect(nkeyVerify(changed, data, signature)).toBe(false);
  for (const wrong of ["", "S", "hello", `${key.seed}A`, key.publicKey]) expect(nkeyFromSeed(wrong)).toBeUndefined();
});

test("a text is trusted by the keys that are named, and by no other", () => {
  const key = createNkey("operator");
  const signed = signText(key, "text");
  expect(verifyText([key.publicKey], "text", signed)).toBe(true);
  expect(verifyText([key.publicKey], "Text", signed)).toBe(false);
  expect(verifyText([createNkey("operator").publicKey], "text", signed)).toBe(false);
  expect(verifyText([], "text", signed)).toBe(false);
});
