// The delivery suite over mail.

import { smtpRig } from "./rigs/smtp.ts";
import { deliverySuite } from "./suite.ts";

deliverySuite(smtpRig);
