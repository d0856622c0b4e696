// The delivery suite over NATS.

import { natsRig } from "./rigs/nats.ts";
import { deliverySuite } from "./suite.ts";

deliverySuite(natsRig);
