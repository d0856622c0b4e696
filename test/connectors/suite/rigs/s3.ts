// Objects in a bucket. They do not grow: each message, or each batch, is an object.

import { rm } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { s3Server } from "../../../rig/s3-server.ts";
import { asItem } from "../ledger.ts";
import type { ConnectorRig } from "../rig.ts";
import { fileRig } from "./file.ts";

export const s3Rig: ConnectorRig = {
  ...fileRig,
  name: "file on s3",
  open: async (folder) => {
    const server = await s3Server({ conditional: true });
    const { endpoint, bucket } = server.connection;
    let files = 0;
    const seen = new Map<string, string>();
    /** Nothing is overwritten: what was read once is not read again. */
    const read = async (key: string): Promise<string> => {
      const text = seen.get(key) ?? (await server.object(key)) ?? "[]";
      seen.set(key, text);
      return text;
    };
    const put = async (place: string, text: string): Promise<void> => {
      files += 1;
      const key = `${place}/${files}.jsonl`;
      // While the service is away, it waits.
      while (
        !(await server.put(key, text).then(
          () => true,
          () => false,
        ))
      )
        await pause(10);
    };
    return {
      dataDir: folder,
      connections: {
        lake: {
          s3: { endpoint, bucket, "access-key": "${ secrets.lake_key }", "secret-key": "${ secrets.lake_secret }" },
        },
      },
      secrets: { lake_key: server.connection["access-key"], lake_secret: server.connection["secret-key"] },
      source: {
        inHand: 500,
        inOrder: true,
        spec: (place) => ({
          file: { connection: "lake", path: `${place}/*.jsonl`, format: "jsonl", every: "50ms", "stable-for": "1ms" },
        }),
        put: (place, items) => put(place, items.map((item) => `${JSON.stringify(item)}\n`).join("")),
        putPoison: (place) => put(place, '{"id": "poison",\n'),
      },
      target: {
        spec: (place) => ({
          file: place.endsWith("batches")
            ? { connection: "lake", path: `${place}/\${ batch.id }.json`, format: "json" }
            : { connection: "lake", path: `${place}/\${ body.id }.json`, format: "json" },
        }),
        effects: async (place) => {
          const keys = await server.keys(`${place}/`);
          const texts = await Promise.all(keys.map(read));
          return texts.flatMap((text) => [JSON.parse(text)].flat().map(asItem));
        },
        poison: { id: "taken", n: 99, text: "" },
        prepare: async (place) => {
          if (place.endsWith("poison")) await server.put(`${place}/taken.json`, '{ "id": "taken" }');
        },
      },
      break: () => server.stop(),
      heal: () => server.start(),
      [Symbol.asyncDispose]: async () => {
        await server[Symbol.asyncDispose]();
        await rm(folder, { recursive: true, force: true });
      },
    };
  },
};
