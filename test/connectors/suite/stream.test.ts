// The delivery suite over streams that tenants declare.

import { streamRig } from "./rigs/stream.ts";
import { deliverySuite } from "./suite.ts";

deliverySuite(streamRig);
