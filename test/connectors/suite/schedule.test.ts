// The delivery suite over schedules.

import { scheduleRig } from "./rigs/schedule.ts";
import { deliverySuite } from "./suite.ts";

deliverySuite(scheduleRig);
