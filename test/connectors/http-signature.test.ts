// Signatures as the providers document them: genuine ones are taken, everything else is 401 and stored nowhere.

import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { readSignature } from "../../connectors/http/signature.ts";
import type { JsonObject } from "../../schema/json.ts";

const now = 1_760_000_000_000;
const seconds = now / 1000;
const body = Buffer.from('{"n": 1}\n');
const secret = "a secret, not a guess";
const standardSecret = `whsec_${Buffer.from(secret).toString("base64")}`;

const mac = (text: string | Uint8Array, algorithm = "sha256", key: string | Uint8Array = secret) =>
  createHmac(algorithm, key).update(text);

type Headers = Readonly<Record<string, string>>;

interface Scheme {
  readonly settings: JsonObject;
  /** Genuine headers for a body, signed at that second with that key. */
  readonly sign: (body: Uint8Array, at: number, key?: string) => Headers;
  readonly signature: string;
  readonly stamped: boolean;
}

const schemes: Readonly<Record<string, Scheme>> = {
  github: {
    settings: { scheme: "github", secret },
    sign: (bytes, _at, key) => ({ "x-hub-signature-256": `sha256=${mac(bytes, "sha256", key).digest("hex")}` }),
    signature: "x-hub-signature-256",
    stamped: false,
  },
  "standard-webhooks": {
    settings: { scheme: "standard-webhooks", secret: standardSecret },
    sign: (bytes, at, key = secret) => {
      const signed = mac(Buffer.concat([Buffer.from(`msg_1.${at}.`), bytes]), "sha256", Buffer.from(key));
      return {
        "webhook-id": "msg_1",
        "webhook-timestamp": String(at),
        "webhook-signature": `v1a,ignored v1,${signed.digest("base64")}`,
      };
    },
    signature: "webhook-signature",
    stamped: true,
  },
  stripe: {
    settings: { scheme: "stripe", secret },
    sign: (bytes, at, key) => {
      const signed = mac(Buffer.concat([Buffer.from(`${at}.`), bytes]), "sha256", key).digest("hex");
      return { "stripe-signature": `t=${at},v1=${signed},v0=00` };
    },
    signature: "stripe-signature",
    stamped: true,
  },
  slack: {
    settings: { scheme: "slack", secret },
    sign: (bytes, at, key) => {
      const signed = mac(Buffer.concat([Buffer.from(`v0:${at}:`), bytes]), "sha256", key).digest("hex");
      return { "x-slack-request-timestamp": String(at), "x-slack-signature": `v0=${signed}` };
    },
    signature: "x-slack-signature",
    stamped: true,
  },
  hmac: {
    settings: { scheme: "hmac", secret, header: "X-Sig", algorithm: "sha512", encoding: "base64", prefix: "v=" },
    sign: (bytes, _at, key) => ({ "x-sig": `v=${mac(bytes, "sha512", key).digest("base64")}` }),
    signature: "x-sig",
    stamped: false,
  },
  "hmac with a time stamp": {
    settings: { scheme: "hmac", secret, header: "X-Sig", timestamp: "X-At", signed: "v0:{timestamp}:", prefix: "v=" },
    sign: (bytes, at, key) => {
      const signed = mac(Buffer.concat([Buffer.from(`v0:${at}:`), bytes]), "sha256", key).digest("hex");
      return { "x-at": String(at), "x-sig": `v=${signed}` };
    },
    signature: "x-sig",
    stamped: true,
  },
};

const flaw = (settings: JsonObject, headers: Headers, bytes: Uint8Array = body): string | undefined => {
  const signature = readSignature({ signature: settings });
  if (signature === undefined) throw new Error("no signature");
  return signature.flaw(headers, bytes, now);
};

for (const [name, { settings, sign, signature, stamped }] of Object.entries(schemes)) {
  test(`${name}: a genuine request is taken, also with the older of two secrets`, () => {
    expect(flaw(settings, sign(body, seconds))).toBeUndefined();
    const next = name === "standard-webhooks" ? `whsec_${Buffer.from("the next").toString("base64")}` : "the next";
    expect(flaw({ ...settings, secret: [next, settings.secret ?? ""] }, sign(body, seconds))).toBeUndefined();
  });

  test(`${name}: a tampered body, another key and mangled headers are refused`, () => {
    const genuine = sign(body, seconds);
    expect(flaw(settings, genuine, Buffer.from('{"n": 2}\n'))).toBe("the signature does not match");
    expect(flaw(settings, genuine, Buffer.from('{"n":1}'))).toBe("the signature does not match");
    expect(flaw(settings, sign(body, seconds, "a guess"))).toBe("the signature does not match");
    for (const key of Object.keys(genuine)) {
      const { [key]: _left, ...others } = genuine;
      expect(flaw(settings, others)).toMatch(/missing/);
    }
    const value = genuine[signature] ?? "";
    const [, digits = ""] = /(?:sha256=|v1,|v1=|v0=|v=)([0-9a-zA-Z+/]{20,})/.exec(value) ?? [];
    const other = digits.startsWith("a") ? "b" : "a";
    const mangled = [
      "",
      "x",
      value.replace(digits, digits.slice(0, -4)),
      value.replace(digits, other + digits.slice(1)),
      value.replace(digits, "z".repeat(digits.length)),
      value.replace(digits, ""),
      value.replace(/(?:sha256=|v1,|v1=|v0=|v=)(?=[0-9a-zA-Z+/]{20})/, "v9="),
      "\u0000",
    ];
    for (const text of mangled) expect(flaw(settings, { ...genuine, [signature]: text })).toBeTypeOf("string");
  });

  if (stamped) {
    test(`${name}: a time stamp five minutes off is refused, and it is part of what is signed`, () => {
      expect(flaw(settings, sign(body, seconds - 299))).toBeUndefined();
      expect(flaw(settings, sign(body, seconds - 301))).toMatch(/too old/);
      expect(flaw(settings, sign(body, seconds + 301))).toMatch(/future/);
      const old = sign(body, seconds - 4_000);
      const moved = Object.fromEntries(
        Object.entries(old).map(([key, value]) => [key, value.replaceAll(String(seconds - 4_000), String(seconds))]),
      );
      expect(flaw(settings, moved)).toBe("the signature does not match");
      const odd = Object.fromEntries(
        Object.entries(old).map(([key, value]) => [key, value.replaceAll(String(seconds - 4_000), "1e9")]),
      );
      expect(flaw(settings, odd)).toBe("the time stamp is malformed");
    });
  }
}

test("the documented example of GitHub holds", () => {
  const settings = { scheme: "github", secret: "It's a Secret to Everybody" };
  const headers = {
    "x-hub-signature-256": "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
  };
  expect(flaw(settings, headers, Buffer.from("Hello, World!"))).toBeUndefined();
});

test("the documented example of Standard Webhooks holds", () => {
  const signature = readSignature({
    signature: { scheme: "standard-webhooks", secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" },
  });
  const headers = {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
  };
  expect(signature?.flaw(headers, Buffer.from('{"test": 2432232314}'), 1_614_265_330_000)).toBeUndefined();
});

test("a Standard Webhooks secret that is not base64 stops the start", () => {
  expect(() => readSignature({ signature: { scheme: "standard-webhooks", secret: "not base64!" } })).toThrow("whsec_");
});
