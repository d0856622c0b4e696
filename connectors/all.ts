// The list of connectors. A new one is a folder and a line here.

import type { Manifest } from "../schema/connector.ts";
import { fileManifest } from "./file/manifest.ts";
import { httpManifest } from "./http/manifest.ts";
import { natsManifest } from "./nats/manifest.ts";
import { scheduleManifest } from "./schedule/manifest.ts";

/** What the compiler, the docs and `--help` know of: cheap to import, nothing runs. */
export const manifests: readonly Manifest[] = [httpManifest, fileManifest, scheduleManifest, natsManifest];
