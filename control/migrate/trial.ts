// An empty stream with which the server is asked whether it would take a configuration.

import type { JsonObject } from "../../schema/json.ts";
import { owned } from "../../schema/topology.ts";
import { metadataOf } from "../jetstream-api.ts";

/** What its metadata says; `stream`: whose configuration it is. */
export const trialOf = (stream: string) => ({ [owned.copyOf]: stream, [owned.took]: "nothing" });

export const isTrial = (config: JsonObject): boolean => metadataOf(config)[owned.took] === "nothing";
