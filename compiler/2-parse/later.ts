// Keys of the language that this version does not run yet: known, so that the answer is not "unknown key".

const later: ReadonlySet<string> = new Set(["rollout"]);

export const isLater = (key: string): boolean => later.has(key);
