// What people can write under `smtp:`. Plain data, cheap to import.

import type { Manifest } from "../../schema/connector.ts";

const recipients = (who: string) => ({
  type: ["string", "array"],
  items: { type: "string" },
  minItems: 1,
  "x-vrsky-per-message": "text",
  description: who,
  examples: ["${ body.email }", ["a@example.com", "b@example.com"]],
});

export const smtpManifest: Manifest = {
  name: "smtp",
  title: "Mail",
  description: "Sends mail.",
  stability: "beta",
  target: {
    settings: {
      type: "object",
      additionalProperties: false,
      required: ["connection", "to", "subject"],
      properties: {
        to: recipients("Who gets it."),
        cc: recipients("Who gets a copy."),
        bcc: recipients("Who gets a copy without being named."),
        from: {
          type: "string",
          "x-vrsky-per-message": "text",
          description: "Sender; the connection's unless told.",
          examples: ["shop@example.com"],
        },
        subject: {
          type: "string",
          "x-vrsky-per-message": "text",
          description: "Subject line.",
          examples: ["Your order ${ body.id }"],
        },
        text: {
          type: "string",
          "x-vrsky-per-message": "text",
          description: "The mail as plain text; long ones are a template.",
          examples: ["Thank you.", { template: "mails/receipt.hbs" }],
        },
        html: {
          type: "string",
          "x-vrsky-per-message": "text",
          description: "The mail as HTML.",
          examples: [{ template: "mails/receipt.html.hbs" }],
        },
      },
      anyOf: [{ required: ["text"] }, { required: ["html"] }],
    },
    payload: "settings",
    seen: ["to", "cc", "bcc"],
    inFlight: 8,
    delivery: "At least once: the Message-ID is the same on every attempt, so a mailbox can tell repeats.",
    errors: [
      {
        when: "the server refuses the recipient or the mail for good",
        result: "permanent",
        class: "rejected",
        codes: ["5xx"],
      },
      { when: "an address is none", result: "permanent", class: "invalid" },
      {
        when: "the server refuses for now, or cannot be reached",
        result: "transient",
        class: "unavailable",
        codes: ["4xx"],
      },
      { when: "the connection broke after the mail was handed over", result: "unknown", class: "unavailable" },
    ],
  },
  connection: {
    type: "object",
    additionalProperties: false,
    required: ["host"],
    properties: {
      host: { type: "string", minLength: 1, description: "Mail server.", examples: ["smtp.example.com"] },
      port: { type: "integer", minimum: 1, maximum: 65535, default: 587, description: "Port.", examples: [465] },
      tls: {
        enum: ["starttls", "implicit", "none"],
        description:
          "`starttls` encrypts before anything is said, and fails where the server cannot; `implicit` is encrypted from the first byte. Left out: `implicit` on port 465, else `starttls`. `none` is for a server on the same machine.",
        examples: ["starttls"],
      },
      ca: {
        type: "string",
        description: "Certificates (PEM) to trust instead of the usual ones.",
        examples: ["${ secrets.mail_ca }"],
      },
      user: { type: "string", description: "User name.", examples: ["vrsky"] },
      password: { type: "string", description: "Password.", examples: ["${ secrets.smtp_password }"] },
      from: { type: "string", description: "Sender of every mail.", examples: ["shop@example.com"] },
    },
  },
  examples: [
    {
      title: "A receipt by mail",
      spec: [
        "connections:",
        '  mail: { smtp: { host: smtp.example.com, user: vrsky, password: "${ secrets.smtp_password }", from: shop@example.com } }',
        "---",
        "integration: receipts",
        "source: { http: { path: /orders }, contract: { id: string, email: string } }",
        "targets:",
        '  receipt: { smtp: { connection: mail, to: "${ body.email }", subject: "Your order ${ body.id }", text: Thank you. } }',
      ],
    },
  ],
};
