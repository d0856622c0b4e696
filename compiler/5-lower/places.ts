// Numbered places: the code carries a number, the bundle the file, line and column behind it.

import type { Place } from "../../schema/bundle.ts";
import type { Site } from "../value.ts";
import type { Reads } from "./reads.ts";

export interface Places {
  /** The site's number; the same site always has the same one. `reads`: what the expressions there read. */
  number(site: Site, reads?: Reads): number;
  list(): readonly Place[];
  /** By number, where something is read. */
  reads(): Readonly<Record<string, Reads>>;
}

export function createPlaces(): Places {
  const numbers = new Map<string, number>();
  const list: Place[] = [];
  const reads: Record<string, Reads> = {};
  const numberOf = (site: Site): number => {
    const place = toPlace(site);
    const key = `${place.file}\n${place.line}\n${place.column}\n${place.path}`;
    const known = numbers.get(key);
    if (known !== undefined) return known;
    list.push(place);
    numbers.set(key, list.length - 1);
    return list.length - 1;
  };
  return {
    number: (site, read = []) => {
      const number = numberOf(site);
      if (read.length > 0) reads[number] = read;
      return number;
    },
    list: () => list,
    reads: () => reads,
  };
}

export function toPlace(site: Site): Place {
  const { start } = site.spec.locate(site.path);
  return { file: site.spec.file, line: start.line, column: start.column, path: site.path.join(".") };
}
