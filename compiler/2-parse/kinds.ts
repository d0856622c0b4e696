// The kinds of document: the one key that says what a document is.

export const kinds = ["workspace", "tenant", "connections", "integration", "fragment", "tests"] as const;

export type Kind = (typeof kinds)[number];
