// The list of connectors. A new one is a folder and a line here.

import type { Manifest } from "../schema/connector.ts";
import { fileManifest } from "./file/manifest.ts";
import { httpManifest } from "./http/manifest.ts";
import { natsManifest } from "./nats/manifest.ts";
import { pollManifest } from "./poll/manifest.ts";
import { postgresManifest } from "./postgres/manifest.ts";
import { s3Manifest } from "./s3/manifest.ts";
import { scheduleManifest } from "./schedule/manifest.ts";
import { sftpManifest } from "./sftp/manifest.ts";
import { smtpManifest } from "./smtp/manifest.ts";
import { streamManifest } from "./stream/manifest.ts";

/** What the compiler, the docs and `--help` know of: cheap to import, nothing runs. */
export const manifests: readonly Manifest[] = [
  httpManifest,
  fileManifest,
  scheduleManifest,
  natsManifest,
  pollManifest,
  postgresManifest,
  streamManifest,
  smtpManifest,
  sftpManifest,
  s3Manifest,
];
