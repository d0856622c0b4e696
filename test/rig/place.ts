// What every place of files promises, whatever lies behind it, and how tests look at one.

import { Readable } from "node:stream";
import { expect } from "vitest";
import { type Place, placeFailureOf } from "../../connectors/file/place.ts";

/** The same files without the place: what others do to them, and what they see. */
export interface Beside {
  put(path: string, text: string): Promise<unknown>;
  text(path: string): Promise<string | undefined>;
}

export async function textOf(place: Place, path: string, from?: number): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of await place.read(path, from)) parts.push(part);
  return Buffer.concat(parts).toString("utf8");
}

/** The failure of a place, or whatever else it rejects with; undefined when it does not. */
export const failureOf = async (work: Promise<unknown>) =>
  await work.then(
    () => undefined,
    (error: unknown) => placeFailureOf(error) ?? error,
  );

export async function keepsFiles(place: Place, beside: Beside): Promise<void> {
  expect(await place.create("in/deep/a.txt", Buffer.from("hello"), { replace: false })).toBe(true);
  const [found] = await place.list("in/**/*.txt");
  expect(found).toMatchObject({ path: "in/deep/a.txt", size: 5 });
  expect(await place.find("in/deep/a.txt")).toEqual(found);
  expect(await textOf(place, "in/deep/a.txt")).toBe("hello");
  expect(await textOf(place, "in/deep/a.txt", 1)).toBe("ello");
  expect(await textOf(place, "in/deep/a.txt", 5)).toBe("");
  await beside.put("in/deep/a.txt", "hello!");
  expect((await place.find("in/deep/a.txt"))?.version).not.toBe(found?.version);
  expect(await place.move("in/deep/a.txt", "done/b.txt")).toBe(true);
  expect(await place.list("**/*")).toMatchObject([{ path: "done/b.txt" }]);
  await beside.put("in/c.txt", "c");
  expect(await place.move("in/c.txt", "done/b.txt")).toBe(false);
  expect(await beside.text("done/b.txt")).toBe("hello!");
  expect(await beside.text("in/c.txt")).toBe("c");
  await place.remove("done/b.txt");
  await place.remove("done/b.txt");
  expect(await place.find("done/b.txt")).toBeUndefined();
  expect(await place.list("nowhere/*.txt")).toEqual([]);
}

export async function overwritesNothing(place: Place, beside: Beside): Promise<void> {
  const parts = Readable.from([Buffer.from("on"), Buffer.from("e")]);
  expect(await place.create("a", parts, { replace: false })).toBe(true);
  expect(await place.create("a", Buffer.from("two"), { replace: false })).toBe(false);
  expect(await beside.text("a")).toBe("one");
  expect(await place.create("a", Buffer.from("two"), { replace: true })).toBe(true);
  expect(await beside.text("a")).toBe("two");
}

/** Of twenty that make it at the same moment, one has made it. */
export async function madeByOne(place: Place, beside: Beside): Promise<void> {
  const made = await Promise.all(
    Array.from({ length: 20 }, (_, n) => place.create("b", Buffer.from(`${n}`), { replace: false })),
  );
  expect(made.filter(Boolean)).toHaveLength(1);
  expect(await beside.text("b")).toBe(String(made.indexOf(true)));
}
