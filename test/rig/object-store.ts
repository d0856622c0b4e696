// What every object store promises, whatever it is made of: the behaviour that each is held to.

import { createHash } from "node:crypto";
import { expect } from "vitest";
import { contentFaultOf, type ObjectStore } from "../../schema/content.ts";

export const never = new AbortController().signal;

/** Bytes that say where they stand, in pieces of odd sizes. */
export async function* counted(size: number, onPiece: (sent: number) => void = () => undefined) {
  for (let sent = 0, piece = 1; sent < size; piece += 1) {
    const length = Math.min(size - sent, 1 + ((piece * 7919) % 100_000));
    const bytes = Buffer.alloc(length, `${sent} `);
    sent += length;
    onPiece(sent);
    yield bytes;
  }
}

export async function hashOf(bytes: AsyncIterable<Uint8Array>): Promise<{ size: number; sha256: string }> {
  const hash = createHash("sha256");
  let size = 0;
  for await (const piece of bytes) {
    hash.update(piece);
    size += piece.length;
  }
  return { size, sha256: hash.digest("hex") };
}

export async function listed(store: ObjectStore) {
  const found = [];
  for await (const each of store.list(never)) found.push(each);
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

export const faultOf = (promise: Promise<unknown>) =>
  promise.then(
    () => "none" as const,
    (error: unknown) => contentFaultOf(error) ?? error,
  );

export async function keepsObjects(store: ObjectStore, sizes: readonly number[]): Promise<void> {
  for (const size of sizes) {
    await store.put(`a.${size}`, counted(size), never);
    expect(await hashOf(store.read(`a.${size}`, never))).toEqual(await hashOf(counted(size)));
    // Again from the start.
    expect((await hashOf(store.read(`a.${size}`, never))).size).toBe(size);
  }
  const names = sizes.map((size) => `a.${size}`).sort();
  const all = await listed(store);
  expect(all.map(({ name }) => name)).toEqual(names);
  expect(all.map(({ size }) => size)).toEqual(names.map((name) => Number(name.slice(2))));
  expect(all.filter(({ storedAt }) => Math.abs(storedAt - Date.now()) > 600_000)).toEqual([]);
  await store.remove(names[0] ?? "");
  await store.remove(names[0] ?? "");
  expect(await faultOf(hashOf(store.read(names[0] ?? "", never)))).toBe("missing");
  expect((await listed(store)).map(({ name }) => name)).toEqual(names.slice(1));
}

/** Whoever gives the bytes fails, or nobody wants them any more: nothing is left. */
export async function leavesNothing(store: ObjectStore, size: number): Promise<void> {
  async function* broken() {
    yield* counted(size);
    throw new Error("the sender is gone");
  }
  await expect(store.put("broken", broken(), never)).rejects.toThrow("the sender is gone");
  const aborting = new AbortController();
  const stopped = counted(size, (sent) => {
    if (sent > size / 2) aborting.abort(new Error("the worker stops"));
  });
  await expect(store.put("stopped", stopped, aborting.signal)).rejects.toThrow("the worker stops");
  expect(await listed(store)).toEqual([]);
  expect(await faultOf(hashOf(store.read("broken", never)))).toBe("missing");
}
