// Dead letters of single items of a split. The message's record holds them until they are written; whoever finds it so
// writes what is missing.

import * as address from "../schema/address.ts";
import type { DeadLetter, ItemsState } from "../schema/outcome.ts";
import type { Context } from "./context.ts";
import { publishDeadLetter } from "./dead-letter.ts";
import { recall } from "./retry-state.ts";
import { withoutRead } from "./send-on.ts";
import type { Job } from "./settle.ts";

/** What the record says died is in the dead letters before it is acknowledged; false: it could not be written. */
export async function writeLetters(context: Context, job: Job, letters: readonly DeadLetter[]): Promise<boolean> {
  for (const letter of letters) {
    const spot = { target: job.target, hash: address.idHash(letter.id) };
    const written = await publishDeadLetter(context, spot, job, letter);
    if (context.crash) await context.crash("after-dead-letter");
    if (written.kind === "unavailable") return false;
    if (written.kind === "stored") tell(context, letter);
  }
  return true;
}

/** Of a record that somebody left: what was brought back since is not written again. */
export async function finishLetters(context: Context, job: Job, items: ItemsState | undefined): Promise<boolean> {
  for (const letter of items?.letters ?? []) {
    const found = await recall(context, { target: job.target, hash: address.idHash(letter.id) });
    if (found === undefined) return false;
    // Its own record means that a person gave it another try.
    if (found.revision === 0 && !(await writeLetters(context, job, [letter]))) return false;
  }
  return true;
}

function tell(context: Context, letter: DeadLetter): void {
  const { id, target, attempts: attempt, failure } = letter;
  context.log.warn({ id, target, class: failure.class, error: failure.message }, "dead letter");
  const outcome = { kind: "dead", letter: { ...letter, failure: withoutRead(failure) } } as const;
  context.tellOutcome(id, target, attempt, context.clock.now(), outcome);
}
