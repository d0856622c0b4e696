// A webhook that wants proof, on a real worker: what is genuine is stored once, however often it is sent; what is
// forged, altered or stale is refused with its reason, counted, and stored nowhere.

import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { until } from "../rig/wait.ts";
import { watched } from "../rig/watched.ts";

const secret = "c2VjcmV0IG9mIHRoZSB0ZXN0";

const source = (name: string, signature: string) => `integration: ${name}
source: { http: { path: /${name}, signature: { ${signature}, secret: ["the next one", "${secret}"] } }, contract: { id: string, n: integer } }
targets: { out: { http: { url: "\${ settings.receiver }/${name}" } } }
`;

const mac = (text: string, encoding: "hex" | "base64", key: string | Buffer = secret) =>
  createHmac("sha256", key).update(text).digest(encoding);

type Headers = Readonly<Record<string, string>>;
type Sign = (body: string, at: number, key?: string) => Headers;

const schemes: Readonly<Record<string, { readonly spec: string; readonly sign: Sign; readonly stamped: boolean }>> = {
  standard: {
    spec: "scheme: standard-webhooks",
    stamped: true,
    sign: (body, at, key = secret) => ({
      "webhook-id": "msg_1",
      "webhook-timestamp": String(at),
      "webhook-signature": `v1,${mac(`msg_1.${at}.${body}`, "base64", Buffer.from(key, "base64"))}`,
    }),
  },
  stripe: {
    spec: "scheme: stripe",
    stamped: true,
    sign: (body, at, key) => ({ "stripe-signature": `t=${at},v1=${mac(`${at}.${body}`, "hex", key)}` }),
  },
  slack: {
    spec: "scheme: slack",
    stamped: true,
    sign: (body, at, key) => ({
      "x-slack-request-timestamp": String(at),
      "x-slack-signature": `v0=${mac(`v0:${at}:${body}`, "hex", key)}`,
    }),
  },
  github: {
    spec: "scheme: github",
    stamped: false,
    sign: (body, _at, key) => ({
      "x-github-delivery": "d-1",
      "x-hub-signature-256": `sha256=${mac(body, "hex", key)}`,
    }),
  },
  own: {
    spec: 'scheme: hmac, header: x-sign, encoding: base64, timestamp: x-time, signed: "{timestamp}|"',
    stamped: true,
    sign: (body, at, key) => ({ "x-time": String(at), "x-sign": mac(`${at}|${body}`, "base64", key) }),
  },
};

test("genuine once, forged and stale never, each refusal with its reason and counted", async () => {
  // A secret of Standard Webhooks is base64.
  const specs = Object.entries(schemes).map(([name, { spec }]): [string, string] => {
    const text = source(name, spec);
    return [`tenants/acme/${name}.yaml`, name === "standard" ? text.replace("the next one", "bmV4dA==") : text];
  });
  await using world = await watched(Object.fromEntries(specs));
  const now = Math.floor(Date.now() / 1000);
  const genuine = { id: "o-1", n: 1 };
  const body = JSON.stringify(genuine);
  for (const [name, { sign, stamped }] of Object.entries(schemes)) {
    const refusals = (): readonly string[] =>
      world.events.flatMap((event) =>
        event.kind === "refused" && event.integration === name ? [`${event.class}: ${event.reason}`] : [],
      );
    const send = (headers: Headers, sent: unknown = genuine): Promise<number> =>
      world.post(`/acme/${name}`, JSON.parse(JSON.stringify(sent)), headers);
    const good = sign(body, now);
    // The same request again, as an eavesdropper would send it, and once more by its sender, signed anew.
    expect([await send(good), await send(good), await send(sign(body, now - 1))]).toEqual([202, 202, 202]);
    expect(await send(sign(body, now, Buffer.from("a guess").toString("base64")))).toBe(401);
    expect(await send(good, { id: "o-1", n: 1_000_000 })).toBe(401);
    expect(await send({})).toBe(401);
    const forged = "unauthorized: The signature is not valid: the signature does not match.";
    expect(refusals().slice(0, 2)).toEqual([forged, forged]);
    expect(refusals()[2]).toMatch(/^unauthorized: The signature is not valid: (?:the header|one of) .* missing\.$/);
    if (!stamped) continue;
    const old = sign(body, now - 400);
    const moved = Object.entries(old).map(([key, value]) => [key, value.replace(String(now - 400), String(now))]);
    expect([await send(old), await send(sign(body, now + 400)), await send(Object.fromEntries(moved))]).toEqual([
      401, 401, 401,
    ]);
    const stale = "unauthorized: The signature is not valid: the time stamp is too old or in the future.";
    expect(refusals().slice(3)).toEqual([stale, stale, forged]);
  }
  const page = await (await fetch(`http://127.0.0.1:${world.house().metricsPort}/metrics`)).text();
  for (const [name, { stamped }] of Object.entries(schemes)) {
    const of = `tenant="acme",integration="${name}",source="http"`;
    expect(page).toContain(`vrsky_refused_total{${of},class="unauthorized"} ${stamped ? 6 : 3}\n`);
    expect(page).toContain(`vrsky_accepted_total{${of},duplicate="false"} 1\n`);
    expect(page).toContain(`vrsky_accepted_total{${of},duplicate="true"} 2\n`);
  }
  await until("each arrived", () => world.received.length >= specs.length);
  expect(world.received.map(({ path }) => path).sort()).toEqual(
    specs.map(([, text]) => `/${text.split(/\s/)[1]}`).sort(),
  );
  expect(JSON.stringify(world.events)).not.toContain(secret);
});
