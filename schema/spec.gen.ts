// Written by .ci/schema-types.ts from schema/spec/*.json.

/**
 * The shape of what it yields: a name (`order@1`), `any`, or the short form.
 */
export type Contract =
  | string
  | number
  | boolean
  | {
      [k: string]: unknown;
    }
  | unknown[]
  | null;
/**
 * A TypeScript file whose default export is given the message; what it returns is the result.
 */
export type ScriptSpec =
  | string
  | {
      /**
       * The file, below the workspace.
       */
      file: string;
      /**
       * Longest run for one message.
       */
      timeout?: string;
      /**
       * Most memory.
       */
      memory?: string;
    };
/**
 * What becomes of a message that fails here: `dead`, `drop`, `continue` or `{ to: target }`; for all errors, or per class.
 */
export type OnErrorSpec =
  | string
  | {
      to?: To;
      /**
       * It does not fit its contract, or an expression failed.
       */
      invalid?:
        | string
        | {
            to?: To;
          };
      /**
       * The outside system does not know it.
       */
      "not-found"?:
        | string
        | {
            to?: To;
          };
      /**
       * The outside system refused it for good.
       */
      rejected?:
        | string
        | {
            to?: To;
          };
      /**
       * The outside system could not be reached, after all retries.
       */
      unavailable?:
        | string
        | {
            to?: To;
          };
    };
/**
 * One target, or a list of them.
 */
export type To = string | string[];
/**
 * Steps, in order.
 */
export type Steps = StepSpec[];
/**
 * One flow: source, steps, route, targets.
 */
export type IntegrationSpec = {
  [k: string]: unknown;
} & {
  /**
   * Name of the integration.
   */
  integration: string;
  /**
   * For people.
   */
  description?: string;
  /**
   * Free labels.
   */
  labels?: {
    [k: string]: string;
  };
  /**
   * Accept nothing, deliver nothing.
   */
  paused?: boolean;
  /**
   * Its old name, when it was renamed.
   */
  "moved-from"?: string;
  /**
   * `ephemeral`: core NATS, at most once, fastest.
   */
  transport?: "durable" | "ephemeral";
  rollout?: RolloutSpec;
  archive?: ArchiveSpec;
  source?: SourceSpec;
  /**
   * Several sources, by name; each with steps to a common shape.
   */
  sources?: {
    [k: string]: SourceSpec;
  };
  steps?: Steps;
  /**
   * Messages with the same value are delivered in order, at each target.
   */
  "order-by"?: string;
  reply?: ReplySpec;
  /**
   * First match wins; without it every target gets every message.
   */
  route?: ArmSpec[];
  /**
   * Where messages leave, by name.
   */
  targets?: {
    [k: string]: TargetSpec;
  };
};
/**
 * Where something secret is found: a file, or a variable of the environment.
 */
export type ReferenceSpec =
  | {
      /**
       * Path below the workspace, absolute, or with `~/`.
       */
      file?: string;
      /**
       * Name of the variable that holds it.
       */
      env?: string;
    }
  | string;

/**
 * What each kind of document holds once it fits its schema. Connectors add the keys of their names.
 */
export interface Specs {
  connections: ConnectionsSpec;
  contract: ContractSpec;
  fragment: FragmentSpec;
  integration: IntegrationSpec;
  tenant: TenantSpec;
  tests: TestsSpec;
  workspace: WorkspaceSpec;
}
/**
 * Connections of a tenant.
 */
export interface ConnectionsSpec {
  /**
   * Named connector configurations, one connector each.
   */
  connections: {
    [k: string]: ConnectionSpec;
  };
}
/**
 * One connection: the settings of one connector, by its name.
 */
export interface ConnectionSpec {}
/**
 * A contract file, `contracts/<name>@<version>.json` or `.yaml`: a JSON Schema of the supported subset, which gives closed types and a validator. What cannot be typed is refused by the compiler, never ignored. Integers are those that a number holds exactly (±2^53 − 1); references may nest 256 levels deep.
 */
export interface ContractSpec {
  /**
   * At the root: the dialect, 2020-12 (when left out) or draft-07.
   */
  $schema?: string;
  /**
   * At the root: its own address; nothing is fetched from it.
   */
  $id?: string;
  /**
   * At the root: parts with a name, for `$ref`.
   */
  $defs?: {
    /**
     * A schema inside a contract; `true` admits everything.
     */
    [k: string]: ContractSpec | boolean;
  };
  /**
   * At the root: the same under its draft-07 name.
   */
  definitions?: {
    /**
     * A schema inside a contract; `true` admits everything.
     */
    [k: string]: ContractSpec | boolean;
  };
  /**
   * The whole contract (`#`), a definition of it, or another contract. Nothing is fetched.
   */
  $ref?: string;
  /**
   * For those who maintain it.
   */
  $comment?: string;
  /**
   * What people call it.
   */
  title?: string;
  /**
   * What it is.
   */
  description?: string;
  /**
   * Values that fit.
   */
  examples?: unknown[];
  /**
   * A value that fits, as OpenAPI writes it.
   */
  example?:
    | string
    | number
    | boolean
    | {
        [k: string]: unknown;
      }
    | unknown[]
    | null;
  /**
   * Said to people; no value is filled in.
   */
  default?:
    | string
    | number
    | boolean
    | {
        [k: string]: unknown;
      }
    | unknown[]
    | null;
  /**
   * Said to people.
   */
  deprecated?: boolean;
  /**
   * Said to people.
   */
  readOnly?: boolean;
  /**
   * Said to people.
   */
  writeOnly?: boolean;
  /**
   * Said to people.
   */
  contentEncoding?: string;
  /**
   * Said to people.
   */
  contentMediaType?: string;
  /**
   * The kind of value, or a list of kinds.
   */
  type?:
    | ("string" | "number" | "integer" | "boolean" | "null" | "object" | "array")
    | ("string" | "number" | "integer" | "boolean" | "null" | "object" | "array")[];
  /**
   * Beside `type`: null fits too.
   */
  nullable?: boolean;
  /**
   * The only value that fits: text, number, boolean or null.
   */
  const?: string | number | boolean | null;
  /**
   * The values that fit: texts, numbers, booleans and null.
   *
   * @minItems 1
   */
  enum?: (string | number | boolean | null)[];
  /**
   * Objects put together into one: a field that two parts describe must be the same in both, or a constant.
   *
   * @minItems 1
   *
   * Items: A schema inside a contract; `true` admits everything.
   */
  allOf?: (ContractSpec | boolean)[];
  /**
   * Alternatives that can be told apart: one of each kind of value, objects by a required field with a constant of its own.
   *
   * @minItems 1
   *
   * Items: A schema inside a contract; `true` admits everything.
   */
  oneOf?: (ContractSpec | boolean)[];
  /**
   * The same as `oneOf`, since alternatives that overlap are refused.
   *
   * @minItems 1
   *
   * Items: A schema inside a contract; `true` admits everything.
   */
  anyOf?: (ContractSpec | boolean)[];
  /**
   * The fields of an object. Others may come in and then do not exist, unless `additionalProperties` says more.
   */
  properties?: {
    /**
     * A schema inside a contract; `true` admits everything.
     */
    [k: string]: ContractSpec | boolean;
  };
  /**
   * Fields that must be there.
   */
  required?: string[];
  /**
   * A schema inside a contract; `true` admits everything.
   */
  additionalProperties?: ContractSpec | boolean;
  /**
   * What a list holds (after `prefixItems`). In draft-07 a list of schemas: what stands at each place.
   */
  items?: (ContractSpec | boolean) | (ContractSpec | boolean)[];
  /**
   * What stands at each place of a list.
   *
   * Items: A schema inside a contract; `true` admits everything.
   */
  prefixItems?: (ContractSpec | boolean)[];
  /**
   * A schema inside a contract; `true` admits everything.
   */
  additionalItems?: ContractSpec | boolean;
  /**
   * Fewest items.
   */
  minItems?: number;
  /**
   * Most items.
   */
  maxItems?: number;
  /**
   * No item twice; for lists of text, numbers, booleans and null.
   */
  uniqueItems?: boolean;
  /**
   * Least number that fits.
   */
  minimum?: number;
  /**
   * Greatest number that fits.
   */
  maximum?: number;
  /**
   * Numbers greater than this fit.
   */
  exclusiveMinimum?: number;
  /**
   * Numbers less than this fit.
   */
  exclusiveMaximum?: number;
  /**
   * Multiples fit, in decimals: 19.99 is one of 0.01.
   */
  multipleOf?: number;
  /**
   * Fewest characters (code points).
   */
  minLength?: number;
  /**
   * Most characters (code points).
   */
  maxLength?: number;
  /**
   * A regular expression (JavaScript's `/…/u`) that is found in the text. Matched in linear time: no look-around, back-references, word boundaries or Unicode properties.
   */
  pattern?: string;
  /**
   * A format that is checked.
   */
  format?: "date" | "date-time" | "email" | "uuid" | "uri";
  /**
   * Notes of your own tools.
   *
   * This interface was referenced by `ContractSpec`'s JSON-Schema definition
   * via the `patternProperty` "^x-".
   */
  [k: string]:
    | {
        [k: string]: unknown;
      }
    | string
    | {
        /**
         * A schema inside a contract; `true` admits everything.
         */
        [k: string]: ContractSpec | boolean;
      }
    | unknown[]
    | number
    | boolean
    | null
    | "string"
    | "number"
    | "integer"
    | "boolean"
    | "null"
    | "object"
    | "array"
    | ("string" | "number" | "integer" | "boolean" | "null" | "object" | "array")[]
    | (string | number | boolean | null)[]
    | (ContractSpec | boolean)[]
    | string[]
    | ContractSpec
    | "date"
    | "date-time"
    | "email"
    | "uuid"
    | "uri"
    | undefined;
}
/**
 * Steps with parameters, reused by `use`.
 */
export interface FragmentSpec {
  /**
   * Name of the fragment.
   */
  fragment: string;
  /**
   * Typed parameters.
   */
  params?: {
    [k: string]: unknown;
  };
  steps: Steps;
}
/**
 * One move on the way: exactly one of `filter`, `map`, `call`, `split`, `validate`, `script` and `use`.
 */
export interface StepSpec {
  /**
   * What to call the step.
   */
  name?: string;
  /**
   * True goes on; narrows the type of what follows.
   */
  filter?: string | boolean;
  /**
   * The new body: exactly these fields; `...` copies all fields of a value.
   */
  map?: {
    [k: string]: unknown;
  };
  /**
   * Keep the result as `vars.<name>` instead of making it the body.
   */
  as?: string;
  /**
   * Do this only if true.
   */
  when?: string | boolean;
  contract?: Contract;
  call?: CallSpec;
  /**
   * A list: what follows runs once for each of its items, with the item as `body`.
   */
  split?: string;
  validate?: Contract;
  script?: ScriptSpec;
  /**
   * Name of a fragment, whose steps stand here.
   */
  use?: string;
  /**
   * Values of the fragment's parameters.
   */
  with?: {
    [k: string]: unknown;
  };
  "on-error"?: OnErrorSpec;
}
/**
 * Ask an outside system; its answer is the result.
 */
export interface CallSpec {
  /**
   * How long an answer may be used again for the same question.
   */
  cache?: string;
  retry?: RetrySpec;
}
/**
 * Capped exponential backoff with full jitter.
 */
export interface RetrySpec {
  /**
   * No attempt later than this after the first failure.
   */
  for?: string;
  /**
   * Upper bound of the first pause.
   */
  initial?: string;
  /**
   * Upper bound of every pause.
   */
  max?: string;
  /**
   * How fast pauses grow.
   */
  multiplier?: number;
  /**
   * Most attempts, the first one included.
   */
  attempts?: number;
}
/**
 * A new bundle runs on a share of the keys first; its figures promote it or give it up.
 */
export interface RolloutSpec {
  /**
   * Share of the keys that the new bundle runs, up to 50%.
   */
  canary: string;
  /**
   * How long it runs before it is promoted, 10s or more.
   */
  for: string;
  /**
   * How many messages it must have run by then; 50 when not said.
   */
  messages?: number;
  "abort-when"?: AbortWhenSpec;
}
/**
 * What gives the new bundle up.
 */
export interface AbortWhenSpec {
  /**
   * So many dead letters; when not said, more than the stable bundle's rate explains.
   */
  dead?: number;
  /**
   * A larger part of attempts that fails, or with `+` so many points more than with the stable bundle; `+1%` when not said.
   */
  errors?: string;
}
/**
 * Keeps what goes through, for `vrsky replay`.
 */
export interface ArchiveSpec {
  /**
   * For how long, as long as there is room.
   */
  keep: string;
  /**
   * Room for it; a share of the tenant's storage when not said. When it is full, the oldest messages go.
   */
  size?: string;
}
/**
 * Where messages enter: one connector.
 */
export interface SourceSpec {
  contract?: Contract;
  /**
   * Dedupe and idempotency key.
   */
  "message-id"?: string;
  /**
   * How long an id is known at least; as long as the history of the intake lasts when not said.
   */
  dedupe?: string;
  steps?: Steps;
  "on-error"?: OnErrorSpec;
}
/**
 * Answer to a waiting caller, after the steps.
 */
export interface ReplySpec {
  /**
   * HTTP status; 200 unless told.
   */
  status?: number | string;
  /**
   * Response headers by name.
   */
  headers?: {
    [k: string]: string;
  };
  /**
   * What is answered as JSON.
   */
  json?: {
    [k: string]: unknown;
  };
  /**
   * What is answered as plain text.
   */
  text?:
    | string
    | {
        [k: string]: unknown;
      };
  /**
   * How `body` is written.
   */
  format?: "json" | "xml" | "text";
  /**
   * What is answered in the `format`.
   */
  body?: {
    [k: string]: unknown;
  };
}
/**
 * One arm.
 */
export interface ArmSpec {
  /**
   * Do this only if true.
   */
  when?: string | boolean;
  /**
   * Names of targets; empty drops on purpose.
   */
  to: string[];
}
/**
 * One target: one connector.
 */
export interface TargetSpec {
  steps?: Steps;
  /**
   * Do this only if true.
   */
  when?: string | boolean;
  contract?: Contract;
  retry?: RetrySpec;
  "on-error"?: OnErrorSpec;
  limit?: LimitSpec;
  batch?: BatchSpec;
  /**
   * A target that joins a running integration gets what its intake still holds, too; else what comes from then on.
   */
  backfill?: boolean;
}
/**
 * How fast a target may be asked.
 */
export interface LimitSpec {
  /**
   * Most deliveries in a second, minute or hour.
   */
  rate?: string;
  /**
   * Most deliveries at a time.
   */
  concurrency?: number;
}
/**
 * Collect messages and send a list.
 */
export interface BatchSpec {
  /**
   * Most messages of a batch.
   */
  count: number;
  /**
   * Longest time that a message waits for others; at most an hour.
   */
  within: string;
  /**
   * Most that a batch may hold, as JSON; 8 MiB unless told.
   */
  bytes?: string;
  /**
   * Messages of one batch have the same value of this.
   */
  by?: string;
}
/**
 * Owner and unit of isolation.
 */
export interface TenantSpec {
  /**
   * Name of the tenant; the folder's name.
   */
  tenant: string;
  /**
   * Accounts of a shared cluster, or servers of its own.
   */
  tier?: "shared" | "dedicated";
  quotas?: QuotasSpec;
  /**
   * How long the history of its intakes is kept, and its dead letters.
   */
  retention?: "short" | "standard" | "long";
  objects?: ObjectsSpec;
  /**
   * The only kinds of connectors that it may use; streams of its own need no grant.
   */
  connectors?: string[];
  /**
   * Names of secrets; values come from the context.
   */
  secrets?: string[];
  /**
   * Typed subject spaces: they chain integrations, and are what tenants share.
   */
  streams?: {
    [k: string]: StreamSpec;
  };
}
/**
 * Limits of a tenant: of its account, and of what it may take in.
 */
export interface QuotasSpec {
  /**
   * Stream storage of its account, each message counted once.
   */
  storage?: string;
  /**
   * Most streams of its account, those of buckets included.
   */
  streams?: number;
  /**
   * Most consumers of its account.
   */
  consumers?: number;
  /**
   * Most connections to its account.
   */
  connections?: number;
  /**
   * Largest message, headers included.
   */
  payload?: string;
  /**
   * Most messages that all of its integrations take in together, in a second, minute or hour and by each worker.
   */
  messages?: string;
}
/**
 * Where contents lie that are larger than 64 MiB (`max-size`); left out: in object buckets of NATS.
 */
export interface ObjectsSpec {
  /**
   * A connection of the tenant whose connector keeps objects, such as `s3`.
   */
  connection: string;
  /**
   * In front of all names there: `<path>/<tenant>/<integration>/`.
   */
  path?: string;
}
/**
 * One stream.
 */
export interface StreamSpec {
  contract: Contract;
  /**
   * How long messages stay.
   */
  keep?: string;
  /**
   * Tenants that may read it.
   */
  "export-to"?: string[];
  /**
   * For people.
   */
  description?: string;
}
/**
 * Cases for an integration: what comes in, what others answer, and what must happen. `vrsky test` runs them.
 */
export interface TestsSpec {
  /**
   * Name of the integration.
   */
  tests: string;
  /**
   * For all cases that do not say it themselves. Values of settings. Those that are not given are the workspace's defaults, else stand-ins.
   */
  settings?: {
    [k: string]: unknown;
  };
  /**
   * For all cases that do not say it themselves. Values of secrets. Those that are not given are stand-ins; nothing is read from the environment.
   */
  secrets?: {
    [k: string]: string;
  };
  /**
   * For all cases that do not say it themselves. What calls are answered, by the name of the step: the answer's body, `{ status: 503 }`, `{ error: not-found }`, or a list of these in order, of which the last goes on. A body that is a list, or looks like one of these, stands in `{ body: … }`.
   */
  calls?: {
    [k: string]: {
      [k: string]: unknown;
    };
  };
  /**
   * For all cases that do not say it themselves. What targets answer, by name: one answer, or several in order of which the last goes on. `ok` unless told. `500`, `timeout`, `unknown`, `{ status: 429, retry-after: 10s }`, `{ error: rejected }`.
   */
  answers?: {
    [k: string]: {
      [k: string]: unknown;
    };
  };
  /**
   * For all cases that do not say it themselves. Time at which the case begins; 2026-01-01T00:00:00Z unless told.
   */
  at?: string;
  /**
   * Cases.
   */
  cases: CaseSpec[];
}
/**
 * One case. Each begins with an empty house.
 */
export interface CaseSpec {
  /**
   * What it shows.
   */
  name: string;
  /**
   * The message that comes in, or several in order.
   */
  given: {
    [k: string]: unknown;
  };
  /**
   * Time at which the case begins; 2026-01-01T00:00:00Z unless told.
   */
  at?: string;
  /**
   * Of what is random: the jitter of retries. 1 unless told.
   */
  seed?: number;
  /**
   * Values of settings. Those that are not given are the workspace's defaults, else stand-ins.
   */
  settings?: {
    [k: string]: unknown;
  };
  /**
   * Values of secrets. Those that are not given are stand-ins; nothing is read from the environment.
   */
  secrets?: {
    [k: string]: string;
  };
  /**
   * What calls are answered, by the name of the step: the answer's body, `{ status: 503 }`, `{ error: not-found }`, or a list of these in order, of which the last goes on. A body that is a list, or looks like one of these, stands in `{ body: … }`.
   */
  calls?: {
    [k: string]: {
      [k: string]: unknown;
    };
  };
  /**
   * What targets answer, by name: one answer, or several in order of which the last goes on. `ok` unless told. `500`, `timeout`, `unknown`, `{ status: 429, retry-after: 10s }`, `{ error: rejected }`.
   */
  answers?: {
    [k: string]: {
      [k: string]: unknown;
    };
  };
  expect?: ExpectSpec;
}
/**
 * What must happen. Deliveries, dead letters, refusals and what duplicates come to are always exact: what is not named here must not be. `asked`, `reply`, `drops`, `retries` and `continued` are looked at where they are named.
 */
export interface ExpectSpec {
  /**
   * What each target was sent and took, in order: bodies, or `{ body, settings, at }`; a number counts only; `any` is not looked at. A target that is not named gets nothing.
   */
  targets?: {
    [k: string]: unknown[] | number | string;
  };
  /**
   * What calls were asked, and what a source that polls asked for, by name and in order: bodies, or `{ body, settings, at, attempt }` of which any may be left out; a number counts only. What is not named is not looked at.
   */
  asked?: {
    [k: string]: unknown[] | number;
  };
  /**
   * What the sender that waits is answered: `status`, and `json` or `text`; a list where several messages came.
   */
  reply?:
    | {
        [k: string]: unknown;
      }
    | unknown[];
  /**
   * Dead letters: a class, by target a class or `{ class, message, at, attempts }`, or a list.
   */
  dead?:
    | string
    | {
        [k: string]: unknown;
      }
    | unknown[];
  /**
   * With `transport: ephemeral`, what was not delivered and is kept nowhere: by target the class of its error, `overload` or `stopped`, or a list; one word is for all targets.
   */
  lost?:
    | string
    | {
        [k: string]: unknown;
      };
  /**
   * What was dropped, by target why: `filter`, `route`, `when`, `on-error`, or a list; one word is for all targets.
   */
  drops?:
    | string
    | {
        [k: string]: unknown;
      };
  /**
   * Tries after the first, by target: how many, or their times since the case began.
   */
  retries?: {
    [k: string]: number | unknown[];
  };
  /**
   * What failed and counts as done by `on-error: continue`, by target: how many.
   */
  continued?: {
    [k: string]: number;
  };
  /**
   * What the source turned away: a word of its reason, or `{ path, message }` of a contract's violation; a list where it was several.
   */
  refused?:
    | string
    | {
        [k: string]: unknown;
      }
    | unknown[];
  /**
   * How many messages were known before; 0 unless told.
   */
  duplicates?: number;
}
/**
 * The root of a workspace: `vrsky.yaml`.
 */
export interface WorkspaceSpec {
  /**
   * Name of the workspace.
   */
  workspace: string;
  /**
   * Version of the language.
   */
  language?: 1;
  /**
   * Typed settings in the short form; checked for every context.
   */
  settings?: {
    [k: string]: unknown;
  };
  defaults?: DefaultsSpec;
  /**
   * Places where the workspace runs.
   */
  contexts?: {
    [k: string]: ContextSpec;
  };
}
/**
 * What holds where nothing else is said.
 */
export interface DefaultsSpec {
  /**
   * Values for all contexts.
   */
  settings?: {
    [k: string]: unknown;
  };
  retry?: RetrySpec;
}
/**
 * One context.
 */
export interface ContextSpec {
  /**
   * Addresses of the NATS servers; of a cluster several, as a list or separated by commas.
   *
   * @minItems 1
   */
  nats?: string | string[];
  /**
   * Values of the settings here.
   */
  settings?: {
    [k: string]: unknown;
  };
  /**
   * Where secret values come from: `env`, or a file.
   */
  secrets?:
    | string
    | {
        [k: string]: unknown;
      };
  credentials?: ReferenceSpec;
  keys?: ReferenceSpec;
  /**
   * Public keys: workers run only what one of them has signed.
   *
   * @minItems 1
   */
  trust?: string[];
  /**
   * Copies of every stream; 1 unless told.
   */
  replicas?: 1 | 3 | 5;
  placement?: PlacementSpec;
  /**
   * What holds for a tenant here instead of what tenant.yaml says.
   */
  tenants?: {
    [k: string]: TenantOverlaySpec;
  };
}
/**
 * On which servers the streams lie.
 */
export interface PlacementSpec {
  /**
   * Tags that a server must have, all of them: `server_tags` of its configuration.
   *
   * @minItems 1
   */
  tags?: string[];
  /**
   * Name of the cluster, where several are joined by gateways.
   */
  cluster?: string;
}
/**
 * One tenant.
 */
export interface TenantOverlaySpec {
  quotas?: QuotasSpec;
  placement?: PlacementSpec;
}
