// Lines of a file as bytes, streamed and bounded: a file without line ends must not fill the memory.

export type Line =
  | { readonly kind: "line"; readonly number: number; readonly bytes: Uint8Array }
  | { readonly kind: "too-long"; readonly number: number };

const newline = 0x0a;
const carriageReturn = 0x0d;

/** Numbers from 1; line ends (LF or CRLF) left out; the last line needs none. */
export async function* readLines(path: AsyncIterable<Uint8Array>, longest: number): AsyncGenerator<Line> {
  let parts: Uint8Array[] = [];
  let size = 0;
  let number = 1;
  const take = (part: Uint8Array): void => {
    size += part.length;
    if (size <= longest + 1) parts.push(part);
    else parts = [];
  };
  const finish = (): Line => {
    const bytes = withoutReturn(Buffer.concat(parts));
    const line: Line =
      size > longest + 1 || bytes.length > longest ? { kind: "too-long", number } : { kind: "line", number, bytes };
    parts = [];
    size = 0;
    number += 1;
    return line;
  };
  for await (const chunk of path) {
    let rest: Uint8Array = chunk;
    for (let end = rest.indexOf(newline); end >= 0; end = rest.indexOf(newline)) {
      take(rest.subarray(0, end));
      yield finish();
      rest = rest.subarray(end + 1);
    }
    if (rest.length > 0) take(rest);
  }
  if (size > 0) yield finish();
}

const withoutReturn = (bytes: Uint8Array): Uint8Array =>
  bytes.at(-1) === carriageReturn ? bytes.subarray(0, -1) : bytes;
