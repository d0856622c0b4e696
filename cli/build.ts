// Which compiler this is: a hash over everything that it was built from, put in by the build. Run from its sources it
// has none, since they may change under it.

declare const VRSKY_BUILD: string;

export const build: string | undefined = typeof VRSKY_BUILD === "undefined" ? undefined : VRSKY_BUILD;
