// What a connection says of its server, read once. An error names the setting, never its value.

import type { JsonObject } from "../../schema/json.ts";
import { numberSetting, requiredText, textSetting, textsSetting } from "../setting.ts";

export interface SftpSettings {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password?: string;
  readonly key?: string;
  readonly passphrase?: string;
  /** Any of them is the server's. Empty: none is known. */
  readonly fingerprints: readonly string[];
  /** Milliseconds that one request may take. */
  readonly timeout: number;
}

export function readSftpSettings(connection: JsonObject): SftpSettings {
  const password = textSetting(connection, "password");
  const key = textSetting(connection, "key");
  const passphrase = textSetting(connection, "passphrase");
  if (password === undefined && key === undefined) throw new Error("`sftp` needs a `key` or a `password`");
  const fingerprint = connection.fingerprint ?? undefined;
  return {
    host: requiredText(connection, "host"),
    port: numberSetting(connection, "port", 22),
    user: requiredText(connection, "user"),
    ...(password === undefined ? {} : { password }),
    ...(key === undefined ? {} : { key }),
    ...(passphrase === undefined ? {} : { passphrase }),
    fingerprints: fingerprint === undefined ? [] : textsSetting(connection, "fingerprint").map(readFingerprint),
    timeout: numberSetting(connection, "timeout", 30_000),
  };
}

/** As `ssh-keygen -l` prints it, with or without its `SHA256:`. */
function readFingerprint(text: string): string {
  const hash = text
    .trim()
    .replace(/^SHA256:/i, "")
    .replace(/=+$/, "");
  if (/^[A-Za-z0-9+/]{43}$/.test(hash)) return `SHA256:${hash}`;
  throw new Error("`fingerprint` must be a SHA-256 fingerprint as ssh-keygen -l prints it: SHA256: and 43 characters");
}
