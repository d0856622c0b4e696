// The rigs of the delivery suite, by the name of their file of tests. A connector that has an implementation has one here,
// or the suite fails.

import type { ConnectorRig } from "./rig.ts";
import { fileRig } from "./rigs/file.ts";
import { httpRig } from "./rigs/http.ts";
import { natsRig } from "./rigs/nats.ts";
import { pollRig } from "./rigs/poll.ts";
import { postgresRig } from "./rigs/postgres.ts";
import { s3Rig } from "./rigs/s3.ts";
import { scheduleRig } from "./rigs/schedule.ts";
import { sftpRig } from "./rigs/sftp.ts";
import { smtpRig } from "./rigs/smtp.ts";
import { streamRig } from "./rigs/stream.ts";

export const rigs: Readonly<Record<string, ConnectorRig>> = {
  file: fileRig,
  http: httpRig,
  nats: natsRig,
  poll: pollRig,
  postgres: postgresRig,
  s3: s3Rig,
  schedule: scheduleRig,
  sftp: sftpRig,
  smtp: smtpRig,
  stream: streamRig,
};
