// A film of 500 MB by reference, from an HTTP sender to a file, through a worker that is killed while it comes in and
// while it goes out: whether it arrives once and whole, how large a worker ever was, and how fast it goes.

import { createTypeChecker } from "../compiler/4-check/type-checker.ts";
import { filmsWorkspace, passLarge } from "../test/rig/by-reference.ts";
import { compileWith } from "../test/rig/compile-with.ts";
import { s3Server } from "../test/rig/s3-server.ts";

export interface ObjectsFigures {
  readonly what: string;
  readonly megabytes: number;
  readonly whole: boolean;
  readonly kills: { readonly coming: number; readonly going: number };
  /** MB. */
  readonly resident: number;
  /** MB/s. */
  readonly in: number;
  readonly out: number;
}

const bytes = 500_000_000;

export async function* objects(): AsyncGenerator<ObjectsFigures> {
  yield await figures("a bucket of NATS", "");
  await using lake = await s3Server();
  const { "access-key": key, "secret-key": secret, endpoint, bucket } = lake.connection;
  const tenant = `secrets: [key, secret]
objects: { connection: lake, path: films }
---
connections: { lake: { s3: { endpoint: "${endpoint}", bucket: ${bucket}, access-key: "\${ secrets.key }", secret-key: "\${ secrets.secret }", timeout: 10m } } }
`;
  yield await figures("S3", tenant, { VRSKY_SECRET_ACME_KEY: key, VRSKY_SECRET_ACME_SECRET: secret });
}

async function figures(what: string, tenant: string, env: Readonly<Record<string, string>> = {}) {
  const checker = createTypeChecker();
  const compiled = compileWith(checker, filmsWorkspace("500MiB", tenant));
  checker.close();
  const { sent, arrived, files, resident, kills, seconds } = await passLarge({ bytes, compiled, env });
  const megabytes = bytes / 1e6;
  const whole = arrived === sent && files.length === 1;
  return { what, megabytes, whole, kills, resident, in: megabytes / seconds.in, out: megabytes / seconds.out };
}
