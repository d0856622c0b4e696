// Positions in the write-ahead log: 64 bits, written `16/B374D848`.

export type Lsn = bigint;

/** Undefined for what is none. */
export function readLsn(text: unknown): Lsn | undefined {
  const [, high, low] = typeof text === "string" ? (/^([0-9A-F]{1,8})\/([0-9A-F]{1,8})$/i.exec(text) ?? []) : [];
  return high === undefined || low === undefined ? undefined : (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`);
}

export const lsnText = (lsn: Lsn): string =>
  `${(lsn >> 32n).toString(16).toUpperCase()}/${(lsn & 0xffffffffn).toString(16).toUpperCase()}`;

/** One that sorts as a text, without a slash. */
export const lsnToken = (lsn: Lsn): string => lsn.toString(16).toUpperCase().padStart(16, "0");
