// S3 as a connector of its own: where large contents lie. Its files are the file connector's.

import type { Connector } from "../../schema/connector.ts";
import type { Network } from "../network.ts";
import { s3Manifest } from "./manifest.ts";

export interface S3Options {
  readonly networkOf: (tenant: string) => Network;
}

export const s3Connector = ({ networkOf }: S3Options): Connector => ({
  manifest: s3Manifest,
  // What it needs is read when somebody has such a place.
  openObjects: async (context) => (await import("./objects.ts")).openS3Objects(context, networkOf(context.tenant)),
});
