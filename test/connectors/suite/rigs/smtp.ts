// A mail server: each message is a mail to an address of its own, in the case's domain. The way to it breaks when nobody
// listens at its port.

import { type MailRig, mailServer } from "../../../rig/mail-server.ts";
import type { ConnectorRig, Item } from "../rig.ts";

export const smtpRig: ConnectorRig = {
  name: "smtp",
  connector: "smtp",
  sides: { target: { batches: "a mail is one message" } },
  open: async () => {
    const gone: MailRig["mails"][number][] = [];
    let server: MailRig | undefined = await listening();
    const { port } = server;
    const itemsOf = (place: string): readonly Item[] =>
      [...gone, ...(server?.mails ?? [])]
        .filter(({ to: [address = ""] }) => address.endsWith(`@${place}.example.com`))
        .map(({ parsed: { subject = "", text = "" } }) => {
          const [id = "", n = ""] = subject.split("|");
          return { id, n: Number(n), text: text.trimEnd() };
        });
    const down = async (): Promise<void> => {
      gone.push(...(server?.mails ?? []));
      await server?.[Symbol.asyncDispose]();
      server = undefined;
    };
    return {
      connections: { mail: { smtp: { host: "127.0.0.1", port, tls: "none", from: "suite@example.com" } } },
      target: {
        spec: (place) => ({
          smtp: {
            connection: "mail",
            to: `\${ body.id }@${place}.example.com`,
            subject: "${ body.id }|${ body.n }",
            text: "${ body.text }",
          },
        }),
        effects: async (place) => itemsOf(place),
        poison: { id: "poison", n: 99, text: "" },
      },
      break: down,
      heal: async () => {
        server = await listening(port);
      },
      [Symbol.asyncDispose]: down,
    };
  },
};

async function listening(port = 0): Promise<MailRig> {
  const server = await mailServer({ port });
  server.refuse = (at, address) =>
    at === "recipient" && address.startsWith("poison@") ? { code: 550, text: "nobody of this name" } : undefined;
  return server;
}
