// The delivery suite over files on the local disk.

import { fileRig } from "./rigs/file.ts";
import { deliverySuite } from "./suite.ts";

deliverySuite(fileRig);
