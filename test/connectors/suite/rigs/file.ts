// Files on the local disk. The data folder is a link to a disk that can be away.

import { mkdir, readdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { asItem } from "../ledger.ts";
import type { ConnectorRig, Item } from "../rig.ts";

export const fileRig: ConnectorRig = {
  name: "file",
  connector: "file",
  sides: { source: {}, target: {} },
  open: async (folder) => {
    const root = join(folder, "data");
    const disk = join(folder, "disk");
    await mkdir(disk, { recursive: true });
    await symlink(disk, root);
    let files = 0;
    /** As a careful writer does it: under another name first. */
    const put = async (place: string, text: string): Promise<void> => {
      files += 1;
      const [hidden, path] = [join(root, place, `.${files}`), join(root, place, `${files}.jsonl`)];
      // While the disk is away, it waits.
      for (let written = false; !written; ) {
        written = await mkdir(dirname(path), { recursive: true })
          .then(() => writeFile(hidden, text))
          .then(() => rename(hidden, path))
          .then(
            () => true,
            () => pause(10, false),
          );
      }
    };
    const read = async (place: string, name: string): Promise<string> =>
      await readFile(join(root, place, name), "utf8").catch(() => "");
    return {
      dataDir: root,
      source: {
        inHand: 500,
        inOrder: true,
        spec: (place) => ({
          file: { path: `${place}/*.jsonl`, format: "jsonl", every: "20ms", "stable-for": "1ms" },
        }),
        put: (place, items) => put(place, items.map((item) => `${JSON.stringify(item)}\n`).join("")),
        putPoison: (place) => put(place, '{"id": "poison",\n'),
      },
      target: {
        // What is poison to one file is that another's has its name.
        spec: (place) => ({
          file: isPoison(place)
            ? { path: `${place}/\${ body.id }.json`, format: "json" }
            : { path: `${place}/out.jsonl`, format: "jsonl" },
        }),
        effects: async (place) => {
          const names = await readdir(join(root, place)).catch(() => []);
          const texts = await Promise.all(
            names.filter((name) => !name.startsWith(".")).map((name) => read(place, name)),
          );
          return texts.flatMap((text) => (isPoison(place) ? [asItem(JSON.parse(text))] : linesOf(text)));
        },
        poison: { id: "taken", n: 99, text: "" },
        prepare: async (place) => {
          if (!isPoison(place)) return;
          await mkdir(join(root, place), { recursive: true });
          await writeFile(join(root, place, "taken.json"), '{ "id": "taken" }');
        },
      },
      break: () => rename(disk, `${disk}.away`),
      heal: () => rename(`${disk}.away`, disk),
      [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
    };
  },
};

const isPoison = (place: string): boolean => place.endsWith("poison");

/** Without the one that is being written. */
const linesOf = (text: string): readonly Item[] =>
  text
    .split("\n")
    .slice(0, -1)
    .map((line) => asItem(JSON.parse(line)));
