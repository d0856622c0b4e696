// A kept message as it goes its way once more: under an id that says of which message and in which run, stamped as if
// today's bundle had taken it in.

import { asciiJson } from "../../runtime/envelope.ts";
import { type Envelope, header } from "../../schema/envelope.ts";
import type { KeptMessage } from "../archive/read.ts";
import type { ChunkPlace } from "../content.ts";

export interface Again {
  /** Of the stream that it was read from. */
  readonly sequence: number;
  readonly envelope: Envelope;
  /** Chunks that lie beside it where it was read from. */
  readonly beside?: ChunkPlace;
}

interface By {
  readonly run: string;
  readonly by: string;
  /** ISO 8601. */
  readonly at: string;
}

/** The header that expressions see: `headers["vrsky-replay"]` is the run. */
const toldAs = header.replay.toLowerCase();

/** `twice`: another message of the run has the same id, which was taken in again after its dedupe time. */
export function again(
  message: KeptMessage,
  beside: ChunkPlace | undefined,
  { run, by, at }: By,
  stamp: Pick<Envelope, "contract" | "bundle">,
  twice = false,
): Again {
  const { sequence, envelope } = message;
  const { id, headers, others = {} } = envelope;
  const rest = Object.entries(others).filter(([name]) => name !== header.replay && name !== header.redriven);
  return {
    sequence,
    ...(beside === undefined ? {} : { beside }),
    envelope: {
      ...envelope,
      ...stamp,
      id: `${id}~replay-${run}${twice ? `-${sequence}` : ""}`,
      headers: { ...headers, [toldAs]: run },
      others: { ...Object.fromEntries(rest), [header.replay]: asciiJson({ run, of: id, from: sequence, by, at }) },
      attempt: 1,
    },
  };
}

/** It came into the intake by a replay itself. */
export const isReplayed = ({ envelope }: KeptMessage): boolean => Object.hasOwn(envelope.others ?? {}, header.replay);
