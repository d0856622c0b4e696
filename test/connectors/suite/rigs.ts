// The rigs of the delivery suite. A connector that has an implementation has one here, or the suite fails.

import type { ConnectorRig } from "./rig.ts";
import { fileRig } from "./rigs/file.ts";
import { httpRig } from "./rigs/http.ts";
import { natsRig } from "./rigs/nats.ts";
import { postgresRig } from "./rigs/postgres.ts";
import { scheduleRig } from "./rigs/schedule.ts";
import { smtpRig } from "./rigs/smtp.ts";
import { streamRig } from "./rigs/stream.ts";

export const rigs: readonly ConnectorRig[] = [fileRig, httpRig, natsRig, postgresRig, scheduleRig, smtpRig, streamRig];
