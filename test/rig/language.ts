// The outside world of examples/language/: every system that its fourteen files name, real ones on loopback, and the
// texts with these in place of the named ones. Times that nobody waits for (two at night, each hour) come at once.

import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { processIo } from "../../cli/io.ts";
import { openStage, type Stage } from "../../examples/demo/stage.ts";
import { isJsonObject, type Json } from "../../schema/json.ts";
import { type HttpServerRig, httpServer, type Seen } from "./http-server.ts";
import { type MailRig, mailServer } from "./mail-server.ts";
import { type PostgresRig, postgresServer } from "./postgres.ts";
import { type S3Rig, s3Server } from "./s3-server.ts";
import { type SftpRig, sftpServer } from "./sftp-server.ts";

export interface World extends AsyncDisposable {
  readonly stage: Stage;
  readonly postgres: PostgresRig;
  readonly mail: MailRig;
  readonly sftp: SftpRig;
  readonly s3: S3Rig;
  /** From now on the CRM has contacts. */
  showContacts(): void;
  /** What the HTTP systems were asked, by the system: `erp`. */
  asked(system: string): readonly (Seen & { readonly body: Json | undefined })[];
}

export const secrets = {
  github_webhook: "g-secret",
  stripe_webhook: "s-secret",
  shop_db: "db-password",
  erp_client: "erp-secret",
  crm_token: "crm-secret",
  smtp_password: "mail-password",
} as const;

const token = "an-access-token";

export async function openWorld(): Promise<World> {
  const ends: AsyncDisposable[] = [];
  const use = <T extends AsyncDisposable>(part: T): T => {
    ends.push(part);
    return part;
  };
  const end = async (): Promise<void> => {
    for (const part of ends.splice(0).reverse()) await part[Symbol.asyncDispose]();
  };
  const folder = await mkdtemp(join(tmpdir(), "vrsky-language-"));
  use({ [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) });
  try {
    const postgres = use(await postgresServer());
    await databases(postgres);
    const mail = use(await mailServer({ login: { user: "vrsky", password: secrets.smtp_password } }));
    const sftp = use(await sftpServer());
    const s3 = use(await s3Server());
    let contacts: readonly Json[] = [];
    const http = use(await systems(() => contacts));
    const workspace = join(folder, "workspace");
    await cp(new URL("../../examples/language", import.meta.url).pathname, workspace, { recursive: true });
    await rewrite(workspace, replacements({ postgres, mail, sftp, s3, http }));
    const stage = use(
      await openStage({
        workspace,
        folder,
        settings: { crmUrl: `${http.url}/crm`, bigOrder: 250_000 },
        secrets: {
          ...secrets,
          slack_url: `${http.url}/slack`,
          supplier_key: sftp.key,
          lake_key: s3.connection["access-key"],
          lake_secret: s3.connection["secret-key"],
        },
        io: { ...processIo(), env: { ...process.env, VRSKY_SECRET_GLOBEX_DWH: secrets.shop_db } },
      }),
    );
    const asked = (system: string) =>
      http.seen
        .filter(({ url }) => url.startsWith(`/${system}/`) || url === `/${system}`)
        .map((seen) => ({ ...seen, body: bodyOf(seen) }));
    const showContacts = (): void => {
      contacts = crmContacts;
    };
    return { stage, postgres, mail, sftp, s3, showContacts, asked, [Symbol.asyncDispose]: end };
  } catch (error) {
    await end();
    throw error;
  }
}

type Systems = Pick<World, "postgres" | "mail" | "sftp" | "s3"> & { readonly http: HttpServerRig };

function replacements({ postgres, mail, sftp, s3, http }: Systems): readonly (readonly [string, string])[] {
  return [
    ["@shop:5432", `@127.0.0.1:${postgres.port}`],
    ["@dwh:5432", `@127.0.0.1:${postgres.port}`],
    ["host: smtp.acme.com,", `host: 127.0.0.1, port: ${mail.port}, tls: none,`],
    ["host: sftp.supplier.com,", `host: 127.0.0.1, port: ${sftp.port}, fingerprint: "${sftp.fingerprint}",`],
    ["https://s3.example.com", s3.connection.endpoint],
    ["https://erp.example.com", `${http.url}/erp`],
    ["https://desk.example.com", `${http.url}/desk`],
    ["https://pricing.example.com", `${http.url}/pricing`],
    ["https://cms.example.com", `${http.url}/cms`],
    ["cron: 0 2 * * *", "every: 200ms, stable-for: 200ms"],
    ["every: 1h", "every: 1s"],
    ["every: 5m", "every: 200ms"],
    ["within: 10s", "within: 500ms"],
  ];
}

async function rewrite(workspace: string, all: readonly (readonly [string, string])[]): Promise<void> {
  const missed = new Set(all.map(([from]) => from));
  for (const name of await readdir(workspace, { recursive: true })) {
    if (!name.endsWith(".yaml")) continue;
    let text = await readFile(join(workspace, name), "utf8");
    for (const [from, to] of all) {
      if (text.includes(from)) missed.delete(from);
      text = text.replaceAll(from, to);
    }
    await writeFile(join(workspace, name), text);
  }
  if (missed.size > 0) throw new Error(`not in the examples: ${[...missed].join(", ")}`);
}

async function databases(postgres: PostgresRig): Promise<void> {
  await postgres.query(`create role vrsky with login replication password '${secrets.shop_db}'`);
  for (const [name, tables] of Object.entries(tablesOf)) {
    await postgres.query(`create database ${name} owner vrsky`);
    for (const table of tables) await postgres.query(`set role vrsky; create table ${table}`, undefined, name);
  }
}

/** As their owners would have made them. */
const tablesOf: Readonly<Record<string, readonly string[]>> = {
  shop: ["orders (id int, customer_id int, total numeric(10,2) not null, primary key (id, customer_id))"],
  dwh: [
    "payments (payment_id text primary key, status text, amount_cents int)",
    "prices (sku text, price numeric(10,2), currency text)",
    'acme_orders (id text primary key, "customerId" text, status text, amount numeric, lines jsonb)',
  ],
};

const crmContacts: readonly Json[] = [
  { id: "c1", country: "NO", updatedAt: "2026-01-01T00:00:00Z" },
  { id: "c2", country: "SE", updatedAt: "2026-01-02T00:00:00Z" },
  { id: "c3", country: "NO", updatedAt: "2026-01-03T00:00:00Z" },
];

/** All HTTP systems behind one address. */
const systems = (contacts: () => readonly Json[]): Promise<HttpServerRig> =>
  httpServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://loopback");
    const say = (status: number, value?: Json): void => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(value === undefined ? undefined : JSON.stringify(value));
    };
    const bearer = (wanted: string): boolean => request.headers.authorization === `Bearer ${wanted}`;
    if (pathname === "/erp/token") {
      // Client credentials, RFC 6749: the secret in the header or in the form.
      return say(200, { access_token: token, token_type: "Bearer", expires_in: 3600 });
    }
    if (pathname.startsWith("/erp/")) return bearer(token) ? say(204) : say(401);
    if (pathname.startsWith("/crm") && !bearer(secrets.crm_token)) return say(401);
    if (pathname === "/crm/v2/contacts") {
      const since = searchParams.get("updated_since") ?? "";
      const fresh = contacts().filter((each) => updatedAt(each) > since);
      const page = Number(searchParams.get("page") || "0");
      const more = fresh.length > page + 2 ? { next: String(page + 2) } : {};
      return say(200, { data: fresh.slice(page, page + 2), ...more });
    }
    if (pathname === "/crm/customers/known") return say(200, { name: "Ann", tier: "gold" });
    if (pathname.startsWith("/crm/customers/")) return say(404);
    if (pathname === "/pricing/v1/price") return say(200, { amount: 12.5, currency: "NOK" });
    say(200, {});
  });

const updatedAt = (contact: Json): string => (isJsonObject(contact) ? String(contact.updatedAt) : "");

function bodyOf({ text }: Seen): Json | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
