// The parts of what is done to dead letters: pace, patches, pages.

import { expect, test } from "vitest";
import { indented } from "../../cli/indented.ts";
import { paced } from "../../control/letters/paced.ts";
import { mergePatch } from "../../control/letters/patch.ts";

/** Time that passes only when somebody waits. */
function handClock() {
  let now = 1_000;
  return {
    monotonic: () => now,
    pause: async (ms: number) => {
      const until = now + ms;
      await Promise.resolve();
      now = Math.max(now, until);
    },
  };
}

test("a rate is kept from the first to the last", async () => {
  const clock = handClock();
  const starts: number[] = [];
  const items = Array.from({ length: 30 }, (_, index) => index);
  await paced(items, { perSecond: 10, clock }, async () => void starts.push(clock.monotonic() - 1_000));
  expect(starts).toHaveLength(30);
  expect(starts.every((at, index) => at >= index * 100)).toBe(true);
});

test("what was begun ends, nothing else begins: when somebody says stop, and when one fails", async () => {
  const stop = new AbortController();
  const items = Array.from({ length: 100 }, (_, index) => index);
  const [begun, ended]: [number[], number[]] = [[], []];
  const work = (last: () => void) => async (item: number) => {
    begun.push(item);
    if (item === 20) last();
    await new Promise((resolve) => setImmediate(resolve));
    ended.push(item);
  };
  await paced(
    items,
    { signal: stop.signal, clock: handClock() },
    work(() => stop.abort()),
  );
  expect(ended).toEqual(begun);
  expect(begun.length).toBeLessThan(40);
  begun.length = 0;
  const fail = (): never => {
    throw new Error("cut");
  };
  await expect(paced(items, { clock: handClock() }, work(fail))).rejects.toThrow("cut");
  expect(begun.length).toBeLessThan(40);
});

/** The examples of RFC 7386, appendix A, and a name that is dangerous to assign. */
test.each([
  ['{"a":"b"}', '{"a":"c"}', '{"a":"c"}'],
  ['{"a":"b"}', '{"b":"c"}', '{"a":"b","b":"c"}'],
  ['{"a":"b"}', '{"a":null}', "{}"],
  ['{"a":"b","b":"c"}', '{"a":null}', '{"b":"c"}'],
  ['{"a":["b"]}', '{"a":"c"}', '{"a":"c"}'],
  ['{"a":"c"}', '{"a":["b"]}', '{"a":["b"]}'],
  ['{"a":{"b":"c"}}', '{"a":{"b":"d","c":null}}', '{"a":{"b":"d"}}'],
  ['{"a":[{"b":"c"}]}', '{"a":[1]}', '{"a":[1]}'],
  ['["a","b"]', '["c","d"]', '["c","d"]'],
  ['{"a":"b"}', '["c"]', '["c"]'],
  ['{"a":"foo"}', "null", "null"],
  ['{"a":"foo"}', '"bar"', '"bar"'],
  ['{"e":null}', '{"a":1}', '{"e":null,"a":1}'],
  ["[1,2]", '{"a":"b","c":null}', '{"a":"b"}'],
  ["{}", '{"a":{"bb":{"ccc":null}}}', '{"a":{"bb":{}}}'],
  ['{"a":1}', '{"__proto__":{"b":2}}', '{"a":1,"__proto__":{"b":2}}'],
])("%s patched by %s is %s", (target, patch, result) => {
  expect(JSON.stringify(mergePatch(JSON.parse(target), JSON.parse(patch)))).toBe(result);
});

test("JSON is laid out as it was written, also when it was cut", () => {
  expect(indented('{"n":12345678901234567890,"n":1.0,"s":"a{,}\\"b","e":{ },"l":[[],1]}')).toBe(
    '{\n  "n": 12345678901234567890,\n  "n": 1.0,\n  "s": "a{,}\\"b",\n  "e": {},\n  "l": [\n    [],\n    1\n  ]\n}',
  );
  expect(indented('{"a":"cut o')).toBe('{\n  "a": "cut o');
  expect(indented("no json")).toBeUndefined();
});
