// Sends mail over a few connections that stay open. Addresses and texts are nobody's business: what is reported is the
// server's code and the command that it answered.

import type { Socket } from "node:net";
import type { SMTPSentMessageInfo } from "nodemailer";
import type { Delivery, OpenTarget, TargetContext } from "../../schema/connector.ts";
import type { JsonObject } from "../../schema/json.ts";
import type { DeliveryResult } from "../../schema/outcome.ts";
import { guardedSocket } from "../guarded-socket.ts";
import type { Network } from "../network.ts";
import { choiceSetting, numberSetting, objectSetting, requiredText, textSetting } from "../setting.ts";
import { createLanes, type Lanes, type OpenSocket } from "./lanes.ts";
import { mailOf, senderOf } from "./mail.ts";

const connectionsAtOnce = 4;

/** Milliseconds: to get a connection and a greeting, and of silence. */
const patience = { connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 60_000 };

export function openSmtpTarget(context: TargetContext, network: Network): OpenTarget {
  const connection = objectSetting(context.settings, "connection") ?? {};
  const lanes = lanesOf(connection, network);
  const sender = senderOf(context, textSetting(connection, "from"));
  const where = `mail server ${requiredText(connection, "host")}`;

  const deliver = async (delivery: Delivery): Promise<DeliveryResult> => {
    let mail: ReturnType<typeof mailOf>;
    try {
      mail = mailOf(sender, delivery, context.clock.now());
    } catch (error) {
      return { kind: "permanent", failure: { class: "invalid", message: reasonOf(error) } };
    }
    const posted = await lanes.post(mail, delivery.signal);
    if (posted.kind === "sent") return sentResult(where, posted.sent);
    if (posted.kind === "failed") return failedResult(where, posted.error);
    return posted.kind === "stopped"
      ? { kind: "unknown", failure: { class: "unavailable", message: `${where}: stopped while sending` } }
      : { kind: "transient", failure: { class: "unavailable", message: `${where}: all connections are busy` } };
  };
  return {
    deliver,
    close: () => {
      lanes.close();
      return Promise.resolve();
    },
  };
}

function lanesOf(connection: JsonObject, network: Network): Lanes {
  const host = requiredText(connection, "host");
  const port = numberSetting(connection, "port", 587);
  const tls =
    choiceSetting(connection, "tls", ["starttls", "implicit", "none"]) ?? (port === 465 ? "implicit" : "starttls");
  const [user, ca] = [textSetting(connection, "user"), textSetting(connection, "ca")];
  const options = {
    host,
    port,
    secure: tls === "implicit",
    requireTLS: tls === "starttls",
    ignoreTLS: tls === "none",
    ...(user === undefined ? {} : { auth: { user, pass: textSetting(connection, "password") ?? "" } }),
    ...(ca === undefined ? {} : { tls: { ca } }),
    ...patience,
  };
  return createLanes(connectionsAtOnce, options, (give) => openSocket(network, host, port, give));
}

function openSocket(network: Network, host: string, port: number, give: Parameters<OpenSocket>[0]): Socket {
  const socket = guardedSocket(network);
  const done = (error: Error | null): void => {
    socket.off("connect", connected).off("error", done);
    cancel();
    if (error !== null) socket.on("error", () => undefined).destroy();
    give(error, { connection: socket });
  };
  const connected = (): void => done(null);
  socket.on("connect", connected).on("error", done);
  const late = (): void =>
    done(Object.assign(new Error("no connection in time"), { code: "ETIMEDOUT", syscall: "connect" }));
  const timer = setTimeout(late, patience.connectionTimeout);
  const cancel = (): void => clearTimeout(timer);
  return socket.connect(port, host);
}

type Sent = Pick<SMTPSentMessageInfo, "accepted" | "rejected" | "rejectedErrors" | "response">;

/** Some of the recipients may have been refused while the others have got it. */
function sentResult(where: string, { accepted, rejected, rejectedErrors, response }: Sent): DeliveryResult {
  if (rejected.length === 0) return { kind: "delivered", detail: /^\d{3}/.exec(response)?.[0] ?? "" };
  const all = accepted.length + rejected.length;
  const message = `${where} refused ${rejected.length} of ${all} recipients; the others have got it`;
  return (rejectedErrors ?? []).some((error) => isForNow(error.responseCode))
    ? { kind: "transient", failure: { class: "unavailable", message } }
    : { kind: "permanent", failure: { class: "rejected", message } };
}

interface SmtpError extends Error {
  readonly code?: unknown;
  readonly syscall?: unknown;
  readonly command?: unknown;
  readonly responseCode?: unknown;
}

function failedResult(where: string, error: unknown): DeliveryResult {
  const { code, syscall, command, responseCode }: Partial<SmtpError> = error instanceof Error ? error : {};
  const at = typeof command === "string" && command !== "CONN" ? ` to ${command}` : "";
  if (typeof responseCode === "number")
    return answered(`${where} answered ${responseCode}${at}`, responseCode, command);
  const untrusted = error instanceof Error && certificates.test(error.message);
  const forbidden = error instanceof Error && code === "ERR_NETWORK_REFUSED" ? error.message : undefined;
  const why =
    forbidden ??
    (untrusted ? `its certificate is refused: ${error.message}` : typeof code === "string" ? words[code] : "");
  const failure = { class: "unavailable", message: `${where}: ${why || "the mail could not be sent"}` } as const;
  // What breaks later is told like what breaks first, and the text may have left by then.
  const early = typeof code === "string" && before.has(code);
  const nobody = untrusted || early || syscall === "connect" || syscall === "getaddrinfo";
  return nobody ? { kind: "transient", failure } : { kind: "unknown", failure };
}

/** A login that is refused is no fault of the message: it waits until somebody has mended it. */
function answered(message: string, status: number, command: unknown): DeliveryResult {
  const login = typeof command === "string" && command.startsWith("AUTH");
  return isForNow(status) || login
    ? {
        kind: "transient",
        failure: { class: "unavailable", message: login ? `${message}: check user and password` : message, status },
      }
    : { kind: "permanent", failure: { class: "rejected", message, status } };
}

const isForNow = (status: unknown): boolean => typeof status === "number" && status >= 400 && status < 500;

/** Codes of what happens before any text has left. */
const before: ReadonlySet<string> = new Set(["EDNS", "ETLS", "EAUTH", "ERR_NETWORK_REFUSED"]);

/** As OpenSSL and Node say it. */
const certificates = /certificate|altnames/i;

const words: Readonly<Record<string, string>> = {
  ECONNECTION: "the connection was closed",
  ECONNREFUSED: "refuses connections",
  EDNS: "its name is not known",
  ENOTFOUND: "its name is not known",
  ESOCKET: "cannot be reached",
  ETIMEDOUT: "does not answer in time",
  ETLS: "cannot encrypt; set `tls` of the connection, or ask for a certificate",
};

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : "failed");
