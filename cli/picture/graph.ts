// The picture of a workspace as data: what every drawing of it is made from, and what `vrsky graph --format json` gives.

import type { Place } from "../../schema/bundle.ts";

export type NodeKind =
  /** Of the whole workspace. */
  | "integration"
  | "stream"
  | "system"
  /** Of one integration. */
  | "source"
  | "filter"
  | "map"
  | "call"
  | "split"
  | "validate"
  | "script"
  | "use"
  | "route"
  | "target"
  | "reply";

export interface Line {
  /** What the text is about: `contract`, a field's name. */
  readonly name?: string;
  readonly text: string;
  /** An expression or a name of the spec. */
  readonly code?: true;
}

export interface GraphNode {
  /** Unique: `acme/orders`, `acme/orders#steps.0`, `acme/stream/sales`. */
  readonly id: string;
  readonly kind: NodeKind;
  /** Id of the group that it lies in. */
  readonly group: string;
  /** What it is: `source · http`. */
  readonly label: string;
  readonly title?: string;
  readonly lines: readonly Line[];
  /** For people, a sentence or more. */
  readonly description?: string;
  readonly paused?: true;
  readonly place?: Pick<Place, "file" | "line" | "column">;
}

/** What is known of a message between two steps. */
export interface MessageType {
  /** `order@1`, or the fields: `{ id, total }`. */
  readonly short: string;
  /** The whole type, on one line. */
  readonly full: string;
  /** Of `vars`, where there are some. */
  readonly vars?: string;
}

export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  /**
   * `flow`: messages · `error`: messages that failed · `asks`: a question and its answer · `shared`: messages of a
   * stream that another tenant exports.
   */
  readonly kind: "flow" | "error" | "asks" | "shared";
  readonly label?: string;
  readonly type?: MessageType;
}

export interface GraphGroup {
  /** Tenant, or `tenant/integration`. */
  readonly id: string;
  readonly kind: "tenant" | "integration";
  readonly title: string;
  readonly description?: string;
}

export interface Graph {
  /** `workspace`: a box for each integration · `integrations`: their steps. */
  readonly kind: "workspace" | "integrations";
  readonly title: string;
  readonly description: string;
  readonly groups: readonly GraphGroup[];
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

export const streamId = (tenant: string, name: string): string => `${tenant}/stream/${name}`;

export const systemId = (tenant: string, name: string): string => `${tenant}/system/${name}`;
