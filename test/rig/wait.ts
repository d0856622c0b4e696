// Waiting for what must come to pass, without guessing how long it takes.

/** Asks again and again until the answer is not undefined or false. Throws after `ms`, with what `instead` says there is. */
export async function until<T>(
  what: string,
  ask: () => T | undefined | false | Promise<T | undefined | false>,
  ms = 60_000,
  instead: () => Promise<string> = async () => "",
): Promise<T> {
  const end = Date.now() + ms;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (Date.now() > end) throw new Error([`waited ${ms} ms in vain: ${what}`, await instead()].join("\n").trim());
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
}
