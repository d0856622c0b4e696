// Waiting for what must come to pass, without guessing how long it takes.

/**
 * How long to pause before the next question. What is asked costs a core as well, which those who are waited for may
 * want: so no question takes more than a third of the time, and what is long in coming is asked for less often.
 */
const pauseAfter = (waitedMs: number, askedMs: number): number =>
  Math.max(15, Math.min(250, Math.max(waitedMs / 20, 2 * askedMs)));

/** Asks again and again until the answer is not undefined or false. Throws after `ms`, with what `instead` says there is. */
export async function until<T>(
  what: string,
  ask: () => T | undefined | false | Promise<T | undefined | false>,
  ms = 60_000,
  instead: () => Promise<string> = async () => "",
): Promise<T> {
  const begun = Date.now();
  for (;;) {
    const asked = Date.now();
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    const now = Date.now();
    if (now > begun + ms) throw new Error([`waited ${ms} ms in vain: ${what}`, await instead()].join("\n").trim());
    await new Promise((resolve) => setTimeout(resolve, pauseAfter(now - begun, now - asked)));
  }
}
