// The delivery suite over files on an SFTP server.

import { sftpRig } from "./rigs/sftp.ts";
import { deliverySuite } from "./suite.ts";

deliverySuite(sftpRig);
