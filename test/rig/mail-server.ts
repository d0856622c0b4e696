// A real SMTP server on loopback: keeps what it is given, parsed, and refuses what it is told to.

import type { AddressInfo } from "node:net";
import { type ParsedMail, simpleParser } from "mailparser";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";

export interface MailRig extends AsyncDisposable {
  readonly port: number;
  /** In the order in which they came. */
  readonly mails: readonly Mail[];
  /** What it says to a recipient, or to the text of a mail; undefined: it takes it. */
  refuse: (at: "recipient" | "text", address: string) => { readonly code: number; readonly text: string } | undefined;
}

interface Mail {
  readonly to: readonly string[];
  readonly from: string;
  readonly parsed: ParsedMail;
}

export interface MailRigOptions {
  readonly port?: number;
  /** Without it everybody may send. */
  readonly login?: { readonly user: string; readonly password: string };
  /** Offers STARTTLS with this certificate. */
  readonly tls?: { readonly key: string; readonly cert: string };
}

export async function mailServer(options: MailRigOptions = {}): Promise<MailRig> {
  const mails: Mail[] = [];
  const { login, tls } = options;
  const smtp: SMTPServerOptions = {
    ...(tls ?? {}),
    hideSTARTTLS: tls === undefined,
    authOptional: login === undefined,
    allowInsecureAuth: true,
    disableReverseLookup: true,
    // How long it waits for those who hang up by themselves, in milliseconds.
    closeTimeout: 50,
    onAuth: ({ username, password }, _session, done) => {
      if (username === login?.user && password === login?.password) return done(null, { user: username });
      done(Object.assign(new Error("who are you"), { responseCode: 535 }));
    },
    onRcptTo: ({ address }, _session, done) => done(refusal("recipient", address)),
    onData: (stream, session, done) => {
      const to = session.envelope.rcptTo.map(({ address }) => address);
      const from = session.envelope.mailFrom === false ? "" : session.envelope.mailFrom.address;
      simpleParser(stream)
        .then((parsed) => {
          const refused = refusal("text", to[0] ?? "");
          if (refused === undefined) mails.push({ to, from, parsed });
          done(refused);
        })
        .catch((error: Error) => done(error));
    },
  };
  const server = new SMTPServer(smtp);
  // A client that goes away in the middle is what some tests are about.
  server.on("error", () => undefined);
  const refusal = (at: "recipient" | "text", address: string): Error | undefined => {
    const refused = rig.refuse(at, address);
    return refused === undefined ? undefined : Object.assign(new Error(refused.text), { responseCode: refused.code });
  };
  await new Promise<void>((open) => {
    server.listen(options.port ?? 0, "127.0.0.1", open);
  });
  const rig: MailRig = {
    port: (server.server.address() as AddressInfo).port,
    mails,
    refuse: () => undefined,
    [Symbol.asyncDispose]: () => new Promise<void>((closed) => void server.close(closed)),
  };
  return rig;
}
