// The delivery suite over files on S3.

import { s3Rig } from "./rigs/s3.ts";
import { deliverySuite } from "./suite.ts";

deliverySuite(s3Rig);
