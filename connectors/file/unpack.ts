// Bytes of a packed file as they are unpacked. What swells more than data does is not taken: a small file must not
// become more than anybody has room for.

import { pipeline, Readable, Transform } from "node:stream";
import { createGunzip } from "node:zlib";
import { placeError } from "./place.ts";
import type { Bytes } from "./records.ts";

/** Up to here a file may swell as it likes. */
const harmless = 64 * 1024 * 1024;
const mostTimes = 200;

/** Rejects with a `placeError` when the file itself is to blame. `from`: an offset of the unpacked bytes; what is before it is unpacked, too, and left out. */
export async function* unpacked(packed: Bytes, from: number): Bytes & AsyncGenerator<Uint8Array> {
  let given = 0;
  let taken = 0;
  const counted = new Transform({
    transform: (chunk: Uint8Array, _, done) => {
      given += chunk.length;
      done(null, chunk);
    },
  });
  const gunzip = createGunzip({ chunkSize: 64 * 1024 });
  pipeline(Readable.from(packed, { objectMode: false }), counted, gunzip, () => undefined);
  try {
    for await (const chunk of gunzip) {
      const bytes: Uint8Array = chunk;
      const skipped = Math.max(0, Math.min(bytes.length, from - taken));
      taken += bytes.length;
      if (taken > harmless && taken > given * mostTimes) {
        throw placeError("rejected", `it swells to more than ${mostTimes} times its size`);
      }
      if (skipped < bytes.length) yield bytes.subarray(skipped);
    }
  } catch (error) {
    if (error instanceof Error && "code" in error && String(error.code).startsWith("Z_")) {
      throw placeError("rejected", "it is not gzip, or its end is missing");
    }
    throw error;
  }
}
