// Text as part of a command line that a person pastes into a shell.

/** In quotes, whatever is in it. */
export const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** In quotes where a shell would read something into it, or take it apart. */
export const shellWord = (text: string): string => (/^[\p{L}\p{N}_.:@/+,-]+$/u.test(text) ? text : quoted(text));
