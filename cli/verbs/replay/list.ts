// What went through, for whoever asks what did: id, time, source and size, and bodies only when they are asked for.

import { bodyOf } from "../../../control/archive/content.ts";
import { type KeptMessage, keptMessages } from "../../../control/archive/read.ts";
import type { TenantConnection } from "../../../control/connect.ts";
import { isReplayed } from "../../../control/replay/message.ts";
import { lookAt } from "../../../control/replay/replay.ts";
import { counted, visible } from "../../../control/units.ts";
import { parseJson } from "../../../runtime/parse-json.ts";
import { type ExitCode, exit } from "../../exit.ts";
import type { Io } from "../../io.ts";
import { paint } from "../../paint.ts";
import { roughSize } from "../../watch/rough-size.ts";
import type { Ready } from "./prepare.ts";

export interface ListOptions {
  readonly json: boolean;
  readonly bodies: boolean;
}

/** One line for each, as they are read: there may be millions. */
export async function list(of: TenantConnection, ready: Ready, options: ListOptions, io: Io): Promise<ExitCode> {
  const { kept, known } = ready;
  const { from, to, upTo, done } = known.run;
  const span = { ...(from === undefined ? {} : { from }), to, after: done };
  const tell = options.json ? asJson(options, io) : asText(options, io);
  let shown = 0;
  let failed = 0;
  for await (const message of keptMessages(of.connection, { ...kept, lastSequence: upTo }, span)) {
    if (isReplayed(message)) continue;
    const verdict = await lookAt(message, { ...ready, connection: of.connection, targets: known.run.targets });
    if (verdict === "filtered" || verdict === "left") continue;
    const reason = typeof verdict === "object" ? verdict.failed : undefined;
    if (reason !== undefined) failed += 1;
    shown += 1;
    const bytes = options.bodies ? await wholeBody(of, ready, message) : nothing;
    tell(message, reason, bytes);
  }
  const unfit = failed === 0 ? "" : `, ${failed} of them cannot be replayed`;
  io.err(`${counted(shown, "message")}${unfit}; nothing was sent.\n`);
  return exit.ok;
}

const nothing = new Uint8Array();

/** What is not there any more has told its reason. */
const wholeBody = (of: TenantConnection, { kept }: Ready, message: KeptMessage): Promise<Uint8Array> =>
  bodyOf(of.connection, kept, message).catch(() => message.envelope.body);

type Tell = (message: KeptMessage, reason: string | undefined, bytes: Uint8Array) => void;

/** With what lies beside it. */
const sizeOf = ({ envelope: { body, content } }: KeptMessage): number => body.length + (content?.reference.size ?? 0);

function asJson({ bodies }: ListOptions, io: Io): Tell {
  return (message, reason, bytes) => {
    const { envelope, at, sequence } = message;
    const text = Buffer.from(bytes).toString("utf8");
    const record = {
      id: envelope.id,
      at,
      source: envelope.source,
      size: sizeOf(message),
      sequence,
      ...(reason === undefined ? {} : { reason }),
      ...(bodies ? { headers: envelope.headers, meta: envelope.meta, body: parseJson(text) ?? text } : {}),
    };
    io.out(`${JSON.stringify(record)}\n`);
  };
}

function asText({ bodies }: ListOptions, io: Io): Tell {
  const { dim, yellow } = paint(io.colorOut);
  return (message, reason, bytes) => {
    const { envelope, at } = message;
    const size = roughSize(sizeOf(message)).padStart(9);
    const why = reason === undefined ? "" : `  ${yellow(visible(reason))}`;
    io.out(`${dim(at)}  ${size}  ${envelope.source.padEnd(10)}  ${visible(envelope.id)}${why}\n`);
    if (bodies) io.out(`  ${visible(Buffer.from(bytes).toString("utf8"))}\n`);
  };
}
