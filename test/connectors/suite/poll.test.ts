// The delivery suite over APIs that are polled.

import { pollRig } from "./rigs/poll.ts";
import { deliverySuite } from "./suite.ts";

deliverySuite(pollRig);
