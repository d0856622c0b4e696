// Text for boxes: cut where it is too long, so that what was cut can be seen, and without what is nobody's business.

/** A login that somebody has written out in an address is not handed on. */
export const withoutLogin = (text: string): string => text.replaceAll(/:\/\/[^/?#\s"'`@]+@/g, "://…@");

/** At most so many characters, the last of them an ellipsis when something is missing. */
export function cut(text: string, most: number): string {
  const signs = [...text];
  return signs.length <= most
    ? text
    : `${signs
        .slice(0, most - 1)
        .join("")
        .trimEnd()}…`;
}
