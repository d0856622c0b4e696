// The delivery suite over HTTP.

import { httpRig } from "./rigs/http.ts";
import { deliverySuite } from "./suite.ts";

deliverySuite(httpRig);
