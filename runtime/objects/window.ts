// Work on pieces as they come, a few at once: whoever gives them waits for the slowest, and the first that fails ends it.

/** Rejects with the first failure once nothing is under way any more, and with the signal's reason when it is aborted. */
export async function throughWindow<T>(
  pieces: AsyncIterable<T>,
  most: number,
  signal: AbortSignal,
  work: (piece: T) => Promise<void>,
): Promise<void> {
  const underWay = new Set<Promise<void>>();
  let failed: { readonly error: unknown } | undefined;
  try {
    for await (const piece of pieces) {
      signal.throwIfAborted();
      if (failed !== undefined) break;
      const one: Promise<void> = work(piece)
        .catch((error: unknown) => {
          failed ??= { error };
        })
        .finally(() => underWay.delete(one));
      underWay.add(one);
      if (underWay.size >= most) await Promise.race(underWay);
    }
  } finally {
    await Promise.all(underWay);
  }
  signal.throwIfAborted();
  if (failed !== undefined) throw failed.error;
}
