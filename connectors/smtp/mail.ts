// One mail out of evaluated settings. Data fills parts, never places: each recipient is one address, however its text
// looks, and nothing in it becomes another one or a header.

import { createHash } from "node:crypto";
import { domainToASCII } from "node:url";
import type { SendMailOptions } from "nodemailer";
import type { Delivery, TargetContext } from "../../schema/connector.ts";
import type { JsonObject } from "../../schema/json.ts";
import { textSetting, textsSetting } from "../setting.ts";

export interface Sender {
  readonly tenant: string;
  readonly integration: string;
  readonly target: string;
  /** Of the connection. */
  readonly from?: string;
}

/** More in one mail is a mistake, or somebody else's list. */
const mostRecipients = 100;

export const senderOf = ({ tenant, integration, name }: TargetContext, from: string | undefined): Sender => ({
  tenant,
  integration,
  target: name,
  ...(from === undefined ? {} : { from }),
});

/** Throws an Error that names the setting, never its value. */
export function mailOf(
  sender: Sender,
  { settings, id }: Pick<Delivery, "settings" | "id">,
  now: number,
): SendMailOptions {
  const from = oneAddress("from", textSetting(settings, "from") ?? sender.from ?? "");
  const to = addresses(settings, "to");
  const [cc, bcc] = [optional(settings, "cc"), optional(settings, "bcc")];
  if (to.length + cc.length + bcc.length > mostRecipients) {
    throw new Error(`more than ${mostRecipients} recipients in one mail`);
  }
  const [text, html] = [textSetting(settings, "text"), textSetting(settings, "html")];
  return {
    from,
    to,
    ...(cc.length === 0 ? {} : { cc }),
    ...(bcc.length === 0 ? {} : { bcc }),
    subject: textSetting(settings, "subject") ?? "",
    ...(text === undefined ? {} : { text }),
    ...(html === undefined ? {} : { html }),
    messageId: messageId(sender, id, from.address),
    date: new Date(now),
    // What a mail says is text: it names no file of this machine and no address to fetch from.
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

interface Address {
  readonly name: string;
  readonly address: string;
}

const addresses = (settings: JsonObject, key: string): Address[] =>
  textsSetting(settings, key).map((text) => oneAddress(key, text));

const optional = (settings: JsonObject, key: string): Address[] =>
  (settings[key] ?? undefined) === undefined ? [] : addresses(settings, key);

/** `ann@example.com` or `Ann <ann@example.com>`: the one in angle brackets is the last, and no name holds another. */
function oneAddress(key: string, text: string): Address {
  const [, name = "", named, bare] = written.exec(text) ?? [];
  const address = named ?? bare ?? "";
  if (!oneMailbox.test(address) || broken.test(text)) throw new Error(`\`${key}\` must be one mail address`);
  return { name: quoted.exec(name)?.[1] ?? name, address };
}

const written = /^\s*(?:([^<>]*?)\s*<\s*([^<>\s]+)\s*>|([^<>\s]+))\s*$/;
const quoted = /^"([^"\\]*)"$/;
/** No encoded word either: what reads it would make another address of it. */
const oneMailbox = /^(?!.*=\?)[^\s@<>,;:"()[\]\\]{1,64}@[^\s@<>,;:"()[\]\\]{1,253}$/;
const broken = /[\r\n\0]/;

/** The same on every attempt, another for each target, and nothing in it tells what the message's id is. */
function messageId({ tenant, integration, target }: Sender, id: string, from: string): string {
  const hash = createHash("sha256").update([tenant, integration, target, id].join("\0")).digest("hex");
  return `<${hash.slice(0, 40)}@${domainToASCII(from.slice(from.lastIndexOf("@") + 1)) || "localhost"}>`;
}
