// Keys of the language that this version does not run yet: known, so that the answer is not "unknown key".

const later: ReadonlySet<string> = new Set([
  "archive",
  "backfill",
  "batch",
  "call",
  "cursor",
  "limit",
  "order-by",
  "poll",
  "postgres",
  "reply",
  "rollout",
  "s3",
  "script",
  "sftp",
  "smtp",
  "sources",
  "split",
  "stream",
  "streams",
  "transport",
  "use",
  "validate",
  "with",
]);

export const isLater = (key: string): boolean => later.has(key);
