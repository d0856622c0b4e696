// The messages of PostgreSQL's own logical decoding plugin, pgoutput (protocol 1), as the server sends them. Values stay
// the server's text: what they become is a matter of their types, see read-value.ts.

import type { Lsn } from "./lsn.ts";

/** Null is null; undefined was not sent: a large value that the change left as it was. */
export type Cell = string | null | undefined;

export type Tuple = readonly Cell[];

export interface Column {
  readonly name: string;
  /** Oid. */
  readonly type: number;
  /** Of the replica identity. */
  readonly key: boolean;
}

export interface Relation {
  readonly oid: number;
  readonly schema: string;
  readonly table: string;
  /** As in pg_class.relreplident: d, n, f or i. */
  readonly identity: string;
  readonly columns: readonly Column[];
}

export type Change =
  | { readonly kind: "begin"; readonly commit: Lsn; readonly xid: number }
  | { readonly kind: "commit"; readonly end: Lsn }
  | { readonly kind: "relation"; readonly relation: Relation }
  | { readonly kind: "insert"; readonly relation: number; readonly row: Tuple }
  | {
      readonly kind: "update";
      readonly relation: number;
      readonly row: Tuple;
      /** Only the columns of the key, or all of them. */
      readonly old: OldTuple | undefined;
    }
  | { readonly kind: "delete"; readonly relation: number; readonly old: OldTuple }
  | { readonly kind: "truncate"; readonly relations: readonly number[] }
  | { readonly kind: "message"; readonly prefix: string; readonly content: string }
  /** Names of types and origins, which nothing here needs. */
  | { readonly kind: "other" };

export interface OldTuple {
  readonly whole: boolean;
  readonly row: Tuple;
}

interface Cursor {
  readonly bytes: Buffer;
  at: number;
}

/** Reads one message that begins at `at`. Throws on what is none: then nothing behind it can be trusted either. */
export function readChange(bytes: Buffer, at: number): Change {
  const cursor = { bytes, at: at + 1 };
  switch (String.fromCharCode(bytes.readUInt8(at))) {
    case "B":
      return readBegin(cursor);
    case "C":
      return readCommit(cursor);
    case "R":
      return { kind: "relation", relation: readRelation(cursor) };
    case "I":
      return readInsert(cursor);
    case "U":
      return readUpdate(cursor);
    case "D":
      return { kind: "delete", relation: uint32(cursor), old: readOld(cursor, byte(cursor)) };
    case "T":
      return readTruncate(cursor);
    case "M":
      return readMessage(cursor);
    case "O":
    case "Y":
      return { kind: "other" };
    default:
      throw new Error(`the server sent a message of an unknown kind (${bytes.readUInt8(at)})`);
  }
}

function readBegin(cursor: Cursor): Change {
  const commit = uint64(cursor);
  // The time of the commit stands between.
  cursor.at += 8;
  return { kind: "begin", commit, xid: uint32(cursor) };
}

function readCommit(cursor: Cursor): Change {
  // Flags, and where the record of the commit begins.
  cursor.at += 9;
  return { kind: "commit", end: uint64(cursor) };
}

function readRelation(cursor: Cursor): Relation {
  const oid = uint32(cursor);
  // What is empty is pg_catalog.
  const schema = text0(cursor) || "pg_catalog";
  const table = text0(cursor);
  const identity = String.fromCharCode(byte(cursor));
  const columns = Array.from({ length: uint16(cursor) }, () => readColumn(cursor));
  return { oid, schema, table, identity, columns };
}

function readColumn(cursor: Cursor): Column {
  const key = (byte(cursor) & 1) === 1;
  const name = text0(cursor);
  const type = uint32(cursor);
  // The modifier, such as a length.
  cursor.at += 4;
  return { name, type, key };
}

function readInsert(cursor: Cursor): Change {
  const relation = uint32(cursor);
  expectNew(byte(cursor));
  return { kind: "insert", relation, row: readTuple(cursor) };
}

function readUpdate(cursor: Cursor): Change {
  const relation = uint32(cursor);
  const mark = byte(cursor);
  if (mark === newMark) return { kind: "update", relation, row: readTuple(cursor), old: undefined };
  const old = readOld(cursor, mark);
  expectNew(byte(cursor));
  return { kind: "update", relation, row: readTuple(cursor), old };
}

const newMark = 0x4e;

function expectNew(mark: number): void {
  if (mark !== newMark) throw new Error("the server sent a change without its new row");
}

function readOld(cursor: Cursor, mark: number): OldTuple {
  const kind = String.fromCharCode(mark);
  if (kind !== "K" && kind !== "O") throw new Error("the server sent a change without its key");
  return { whole: kind === "O", row: readTuple(cursor) };
}

function readTuple(cursor: Cursor): Tuple {
  const count = uint16(cursor);
  const cells: Cell[] = new Array(count);
  for (let index = 0; index < count; index += 1) cells[index] = readCell(cursor);
  return cells;
}

function readCell(cursor: Cursor): Cell {
  switch (byte(cursor)) {
    case 0x6e:
      return null;
    case 0x75:
      return undefined;
    case 0x74: {
      const length = uint32(cursor);
      const from = cursor.at;
      cursor.at += length;
      return cursor.bytes.toString("utf8", from, cursor.at);
    }
    default:
      throw new Error("the server sent a value in a form that was not asked for");
  }
}

function readTruncate(cursor: Cursor): Change {
  const count = uint32(cursor);
  cursor.at += 1;
  return { kind: "truncate", relations: Array.from({ length: count }, () => uint32(cursor)) };
}

function readMessage(cursor: Cursor): Change {
  // Flags and position.
  cursor.at += 9;
  const prefix = text0(cursor);
  const length = uint32(cursor);
  return { kind: "message", prefix, content: cursor.bytes.toString("utf8", cursor.at, cursor.at + length) };
}

const byte = (cursor: Cursor): number => cursor.bytes.readUInt8(cursor.at++);

function uint16(cursor: Cursor): number {
  cursor.at += 2;
  return cursor.bytes.readUInt16BE(cursor.at - 2);
}

function uint32(cursor: Cursor): number {
  cursor.at += 4;
  return cursor.bytes.readUInt32BE(cursor.at - 4);
}

function uint64(cursor: Cursor): bigint {
  cursor.at += 8;
  return cursor.bytes.readBigUInt64BE(cursor.at - 8);
}

function text0(cursor: Cursor): string {
  const end = cursor.bytes.indexOf(0, cursor.at);
  const text = cursor.bytes.toString("utf8", cursor.at, end);
  cursor.at = end + 1;
  return text;
}
