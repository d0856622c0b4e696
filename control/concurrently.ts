// Many small requests over one connection: enough in flight to hide the round trip, few enough for the server.

/** Results in the order of the items. The first failure stops what has not been started and is thrown. */
export async function concurrently<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [];
  const queue = items.entries();
  let stopped = false;
  const lane = async (): Promise<void> => {
    for (const [index, item] of queue) {
      if (stopped) return;
      try {
        results[index] = await work(item);
      } catch (error) {
        stopped = true;
        throw error;
      }
    }
  };
  const lanes = await Promise.allSettled(Array.from({ length: Math.min(limit, items.length) }, lane));
  const broken = lanes.find((settled) => settled.status === "rejected");
  if (broken !== undefined) throw broken.reason;
  return results;
}
