// How far a file is stored, kept in the source's memory every so often: a restart goes on there. What is kept never
// lies behind a record that is not stored; what is stored since has its old id when it is read again.

import type { SourceContext } from "../../schema/connector.ts";
import { isJsonObject, type Json } from "../../schema/json.ts";
import { beginning, type Position } from "./cut.ts";
import type { Found } from "./place.ts";

export interface Progress {
  from(): Position;
  /** Everything up to there is stored or set aside. */
  settled(position: Position): void;
  /** Something in the file is left where it is, and the file with it. */
  leave(): void;
  stuck(): boolean;
  /** Small files are not worth it. */
  saveNowAndThen(): Promise<void>;
  save(): Promise<void>;
}

/** One file is read at a time, so there is one such place. */
const key = "reading";

const everyRecords = 5_000;
const everyBytes = 8 * 1024 * 1024;

export async function createProgress(file: Found, { state, log }: SourceContext): Promise<Progress> {
  const known = read(await state.get(key), file);
  const from = known?.position ?? beginning;
  let here = from;
  let kept = from;
  let stuck = known?.stuck ?? false;
  const save = async (): Promise<void> => {
    if (here.offset === kept.offset) return;
    try {
      const { path, version } = file;
      await state.put(key, { path, version, ...here, stuck });
      kept = here;
    } catch (error) {
      // It costs time after a restart, and nothing else.
      const why = error instanceof Error ? error.message : "unknown";
      log.warn({ file: file.path, error: why }, "how far a file is read could not be kept");
    }
  };
  return {
    from: () => from,
    settled: (position) => {
      here = position;
    },
    leave: () => {
      stuck = true;
    },
    stuck: () => stuck,
    saveNowAndThen: async () => {
      if (here.records - kept.records >= everyRecords || here.offset - kept.offset >= everyBytes) await save();
    },
    save,
  };
}

function read(value: Json | undefined, { path, version }: Found) {
  if (!isJsonObject(value) || value.path !== path || value.version !== version) return undefined;
  const { offset, line, records, stuck } = value;
  if (typeof offset !== "number" || typeof line !== "number" || typeof records !== "number") return undefined;
  return { position: { offset, line, records }, stuck: stuck === true };
}
