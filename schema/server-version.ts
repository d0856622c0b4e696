// Which nats-server versions keep the promises of a delivery: older ones have bugs in atomic batches that carry
// schedules or compare-and-set, and below 2.12 schedules are silently ignored.

/** The release that VRSky is developed and tested on, and that it fetches when the machine has none. */
export const testedServer = "2.15.1";

const rule = "VRSky needs nats-server 2.12.14 or newer of 2.12, or 2.14.4 or newer (not 2.13)";

/** Judges a version as the server prints it: "2.15.1", "v2.15.1", "2.14.4-RC.2". A pre-release is older than its release. */
export function supportedServer(version: string): { ok: true } | { ok: false; reason: string } {
  const match = /^v?(\d+)\.(\d+)\.(\d+)(-[0-9A-Za-z.-]+)?(?:\+.*)?$/.exec(version.trim());
  if (match === null) return { ok: false, reason: `"${version}" is not a nats-server version; ${rule}` };
  const [major = 0, minor = 0, patch = 0] = match.slice(1, 4).map(Number);
  const prerelease = match[4] !== undefined;
  const since = (leastPatch: number): boolean => patch > leastPatch || (patch === leastPatch && !prerelease);
  const fits = major > 2 || (major === 2 && (minor > 14 || (minor === 14 && since(4)) || (minor === 12 && since(14))));
  return fits ? { ok: true } : { ok: false, reason: `nats-server ${version} is not supported; ${rule}` };
}

/** Copies of other tenants' streams are filled from durables made beforehand, which a server knows since 2.14. */
export const canShare = (version: string): boolean => !/^v?2\.(?:\d|1[0-3])\./.test(version.trim());

/** Orders versions by their numbers, newest first; for choosing among cached ones. */
export function newestFirst(left: string, right: string): number {
  return right.localeCompare(left, "en", { numeric: true });
}
