// Our JWTs are NATS's: the official library reads and verifies them, and ours reads its own.

import * as official from "@nats-io/jwt";
import { createAccount, createOperator, createUser } from "@nats-io/nkeys";
import { expect, test } from "vitest";
import { accountClaims, unlimited } from "../../../control/keys/claims-account.ts";
import { operatorClaims } from "../../../control/keys/claims-operator.ts";
import { credsText, readCreds, userClaims } from "../../../control/keys/claims-user.ts";
import { readJwt, signJwt } from "../../../control/keys/jwt.ts";
import { createNkey } from "../../../schema/nkey.ts";

const operator = createNkey("operator");
const account = createNkey("account");
const signer = createNkey("account");
const user = createNkey("user");
const at = 1_700_000_000;

const facts = {
  name: "acme",
  subject: account.publicKey,
  tags: ["vrsky.workspace:shop"],
  limits: { ...unlimited, connections: 7, disk: 1024 },
  signing: [
    { key: signer.publicKey, role: "worker" as const, permissions: { publish: ["in.>"], subscribe: [] } },
    { key: createNkey("account").publicKey, role: "control" as const },
  ],
  revocations: { "*": at },
  exports: [],
  imports: [],
};

test("the official library verifies operator, account and user, and reads what we said", () => {
  const systemAccount = createNkey("account").publicKey;
  const signing = [createNkey("operator").publicKey];
  const claims = operatorClaims({ name: "shop", subject: operator.publicKey, signing, systemAccount });
  expect(official.decode(signJwt(claims, operator, at))).toMatchObject({
    iss: operator.publicKey,
    sub: operator.publicKey,
    iat: at,
    nats: { type: "operator", version: 2, signing_keys: signing, system_account: systemAccount },
  });
  expect(official.decode(signJwt(accountClaims(facts), operator, at))).toMatchObject({
    iss: operator.publicKey,
    sub: account.publicKey,
    name: "acme",
    nats: {
      type: "account",
      limits: { conn: 7, disk_storage: 1024, mem_storage: -1, subs: -1, data: -1, payload: -1, imports: -1, leaf: 0 },
      signing_keys: [
        { kind: "user_scope", role: "worker", template: { pub: { allow: ["in.>"] }, sub: { deny: [">"] } } },
        { kind: "user_scope", role: "control", template: { pub: { allow: [">"] }, sub: { allow: [">"] } } },
      ],
      revocations: { "*": at },
    },
  });
  const expires = at + 60;
  const jwt = signJwt(
    userClaims({ name: "w", subject: user.publicKey, account: account.publicKey, expires }),
    signer,
    at,
  );
  expect(official.decode(jwt)).toMatchObject({
    iss: signer.publicKey,
    sub: user.publicKey,
    exp: expires,
    nats: { type: "user", issuer_account: account.publicKey },
  });
});

test("what the official library signs, we read", async () => {
  const theirOperator = createOperator();
  const theirAccount = createAccount();
  const operatorJwt = await official.encodeOperator("O", theirOperator);
  expect(readJwt(operatorJwt)).toMatchObject({ name: "O", issuer: theirOperator.getPublicKey() });
  const accountJwt = await official.encodeAccount("A", theirAccount, {}, { signer: theirOperator });
  expect(readJwt(accountJwt)).toMatchObject({
    subject: theirAccount.getPublicKey(),
    issuer: theirOperator.getPublicKey(),
  });
  const theirUser = createUser();
  const userJwt = await official.encodeUser("U", theirUser, theirAccount);
  const creds = readCreds(new TextDecoder().decode(official.fmtCreds(userJwt, theirUser)));
  expect(creds?.claims).toMatchObject({ name: "U", subject: theirUser.getPublicKey() });
});

test("the official library reads our creds text, and so do we", async () => {
  const jwt = signJwt(userClaims({ name: "w", subject: user.publicKey, account: account.publicKey }), signer, at);
  const text = credsText({ jwt, key: user });
  expect(await official.parseCreds(Buffer.from(text))).toMatchObject({ jwt, key: user.seed, aid: account.publicKey });
  expect(readCreds(text)).toMatchObject({ jwt, key: user });
  expect(readCreds(text.replace(user.seed, createNkey("user").seed)), "the seed of another").toBeUndefined();
});

test("the same claims at the same second are the same text; what was changed is no JWT", () => {
  const jwt = signJwt(accountClaims(facts), operator, at);
  expect(signJwt(accountClaims(facts), operator, at)).toBe(jwt);
  expect(readJwt(jwt)).toMatchObject({ subject: account.publicKey, issuedAt: at });
  const [head = "", , signature = ""] = jwt.split(".");
  const body = Buffer.from(JSON.stringify({ ...official.decode(jwt), name: "globex" })).toString("base64url");
  for (const wrong of ["", "a.b.c", `${jwt}.x`, jwt.slice(0, -2), `${head}.${body}.${signature}`]) {
    expect(readJwt(wrong), wrong).toBeUndefined();
  }
});
