// A file that is one record.

import { type Cutter, countLines } from "./cut.ts";

export function cutWhole(longest: number): Cutter {
  let parts: Uint8Array[] = [];
  let size = 0;
  let lines = 0;
  return {
    push: (chunk) => {
      size += chunk.length;
      lines += countLines(chunk);
      if (size <= longest) parts.push(chunk);
      else parts = [];
      return [];
    },
    end: () => {
      const end = { offset: size, line: lines + 1, records: 1 };
      if (size > longest) return [{ kind: "too-long", line: 1, end }];
      return [{ kind: "record", line: 1, bytes: Buffer.concat(parts), end }];
    },
  };
}
