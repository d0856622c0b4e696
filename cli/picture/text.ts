// Text for boxes: cut where it is too long, so that what was cut can be seen.

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
