// What the sweep must never get wrong: a content that some message refers to, however its message moves while it is
// looked for.

import type { NatsConnection } from "@nats-io/nats-core";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock } from "../../runtime/clock.ts";
import { createLink } from "../../runtime/link.ts";
import { type References, references } from "../../runtime/objects/references.ts";
import { publish } from "../../runtime/publish.ts";
import * as address from "../../schema/address.ts";
import type { ContentReference } from "../../schema/content.ts";
import { header } from "../../schema/envelope.ts";
import { handMade } from "../rig/line.ts";
import { type NatsRig, natsServer } from "../rig/nats.ts";
import { never } from "../rig/object-store.ts";
import { api, createTopology } from "../rig/topology.ts";
import { until } from "../rig/wait.ts";

let nats: NatsRig;
let admin: NatsConnection;
beforeAll(async () => {
  nats = await natsServer({ syncAlways: false });
  admin = await nats.connect();
});
afterAll(() => nats[Symbol.asyncDispose]());

/** Where a message may lie, and by what it goes from there to where. */
const places = ["intake", "schedule", "due", "dead"] as const;
type Place = (typeof places)[number];

const stays = { objects: { store: "nats" }, dedupe: 0 } as const;

interface Rig {
  readonly link: ReturnType<typeof createLink>;
  readonly known: References;
  /** Sequence there. */
  put(place: Place, id: string, object?: string): Promise<number>;
  take(place: Place, sequence: number): Promise<void>;
}

let made = 0;

async function rig(archive?: true): Promise<Rig> {
  const integration = `orders-${++made}`;
  await createTopology(admin, { integration, targets: [], ...(archive === undefined ? {} : { archive: {} }) });
  const link = createLink(await nats.connect(), "_INBOX", systemClock, {
    info: () => undefined,
    warn: () => undefined,
  });
  const { bundle } = handMade({ ...stays, integration, ...(archive === undefined ? {} : { archive }) });
  const subjectOf: Readonly<Record<Place, (id: string) => string>> = {
    intake: (id) => address.intakeSubject(integration, id),
    schedule: (id) => address.scheduleSubject(integration, "crm", id),
    due: (id) => address.dueSubject(integration, "crm", id),
    dead: (id) => address.deadSubject(integration, "crm", id),
  };
  const streamOf: Readonly<Record<Place, string>> = {
    intake: address.intakeStream(integration),
    schedule: address.retryStream(integration),
    due: address.retryStream(integration),
    dead: address.deadStream,
  };
  return {
    link,
    known: references({ link, clock: systemClock, integration }, () => bundle),
    put: async (place, id, object) => {
      const headers = object === undefined ? {} : { [header.content]: referring(object) };
      const published = await publish(link.requests, { subject: subjectOf[place](id), data: "{}", headers });
      if (published.kind !== "stored") throw new Error(JSON.stringify(published));
      return published.sequence;
    },
    take: async (place, sequence) => {
      // An intake is trimmed from its beginning.
      if (place === "intake") await api(admin, `STREAM.PURGE.${streamOf.intake}`, { seq: sequence + 1 });
      else await api(admin, `STREAM.MSG.DELETE.${streamOf[place]}`, { seq: sequence, no_erase: true });
    },
  };
}

function referring(name: string): string {
  const reference: ContentReference = { role: "blob", size: 1, sha256: "", at: "object", store: "nats", name };
  return JSON.stringify(reference);
}

test("whatever messages refer to, wherever they lie, is found; what nobody refers to is told", async () => {
  const { known, put, take } = await rig();
  for (const place of places) {
    const sequence = await put(place, "one", "a");
    await put(place, "two", "b");
    await put(place, "three");
    expect(await known.unreferenced(new Set(["a", "b", "c"]), never)).toEqual(new Set(["c"]));
    await take(place, sequence);
    if (place === "intake") {
      expect(await known.unreferenced(new Set(["a", "b"]), never)).toEqual(new Set(["a"]));
      expect(known.inIntake("b")).toBeGreaterThan(sequence);
    }
  }
  expect(known.inIntake("a")).toBeUndefined();
});

test("a stream that cannot be read, or that is being moved, is no proof that nobody refers", async () => {
  const { known, link } = await rig();
  const { integration } = handMade({ integration: `orders-${made}` }).bundle;
  const intake = address.intakeStream(integration);
  const info = Object(await api(admin, `STREAM.INFO.${intake}`));
  expect(await known.unreferenced(new Set(["a"]), never)).toEqual(new Set(["a"]));
  const moving = { ...info.config, metadata: { "vrsky.copy-of": "another" } };
  await api(admin, `STREAM.UPDATE.${intake}`, moving);
  expect(await known.unreferenced(new Set(["a"]), never)).toBeUndefined();
  await api(admin, `STREAM.UPDATE.${intake}`, info.config);
  expect(await known.unreferenced(new Set(["a"]), never)).toEqual(new Set(["a"]));
  // Made anew: what was known of the one before is not known of this one.
  await api(admin, `STREAM.DELETE.${intake}`);
  expect(await known.unreferenced(new Set(["a"]), never)).toBeUndefined();
  await api(admin, `STREAM.CREATE.${intake}`, info.config);
  const headers = { [header.content]: referring("a") };
  await publish(link.requests, { subject: address.intakeSubject(integration, "x"), data: "{}", headers });
  expect(await known.unreferenced(new Set(["a"]), never)).toEqual(new Set());
});

test("what the archive has a copy of is kept as long as the archive keeps it", async () => {
  const { known, put, take } = await rig(true);
  const sequence = await put("intake", "one", "a");
  const archive = address.archiveStream(`orders-${made}`);
  const copied = async () => Object(await api(admin, `STREAM.INFO.${archive}`)).state.messages === 1;
  await until("it is copied", copied);
  await take("intake", sequence);
  expect(await known.unreferenced(new Set(["a", "b"]), never)).toEqual(new Set(["b"]));
  await api(admin, `STREAM.PURGE.${archive}`);
  expect(await known.unreferenced(new Set(["a", "b"]), never)).toEqual(new Set(["a", "b"]));
});

test("whoever answers and is behind hides a message from one look, and not from the next", async () => {
  const { link, put } = await rig();
  const { bundle } = handMade({ ...stays, integration: `orders-${made}` });
  let behind = true;
  // A page that is asked for from behind the end of the stream.
  const publish: typeof link.connection.publish = (subject, data, options) =>
    link.connection.publish(
      subject,
      behind ? JSON.stringify({ ...JSON.parse(String(data)), seq: 1000 }) : data,
      options,
    );
  const connection = new Proxy(link.connection, {
    get: (whole, key) => {
      if (key === "publish") return publish;
      const value: unknown = Reflect.get(whole, key);
      return typeof value === "function" ? value.bind(whole) : value;
    },
  });
  const around = { link: { ...link, connection }, clock: systemClock, integration: bundle.integration };
  const known = references(around, () => bundle);
  await put("intake", "one", "a");
  expect(await known.unreferenced(new Set(["a"]), never)).toEqual(new Set(["a"]));
  behind = false;
  expect(await known.unreferenced(new Set(["a"]), never)).toEqual(new Set());
});

test("messages that move all the time, new place first, are never taken for gone", async () => {
  const step = fc.constantFrom<Place>("schedule", "due", "dead");
  const path = fc.array(step, { minLength: 10, maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(fc.array(path, { minLength: 1, maxLength: 3 }), async (paths) => {
      const { known, put, take } = await rig();
      const names = paths.map((_, index) => `object-${index}`);
      const at = await Promise.all(
        paths.map(async ([place = "dead"], index) => ({
          place,
          sequence: await put(place, `m${index}-0`, names[index]),
        })),
      );
      let over = false;
      const walk = async (places: readonly Place[], index: number): Promise<void> => {
        for (const [number, place] of places.entries()) {
          const before = at[index];
          const sequence = await put(place, `m${index}-${number + 1}`, names[index]);
          at[index] = { place, sequence };
          if (before !== undefined) await take(before.place, before.sequence);
        }
      };
      const moving = Promise.all(paths.map(walk)).finally(() => {
        over = true;
      });
      // Where nothing can be told, nothing is removed.
      const none = async (): Promise<unknown> => [...((await known.unreferenced(new Set(names), never)) ?? [])];
      while (!over) expect(await none()).toEqual([]);
      await moving;
      expect(await known.unreferenced(new Set([...names, "nobody"]), never)).toEqual(new Set(["nobody"]));
    }),
    { numRuns: 5 },
  );
}, 120_000);
