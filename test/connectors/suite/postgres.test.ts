// The delivery suite over PostgreSQL.

import { postgresRig } from "./rigs/postgres.ts";
import { deliverySuite } from "./suite.ts";

deliverySuite(postgresRig);
