// X.509 certificates for TLS on loopback, as good or as bad as a test wants them. Written here in DER, because Node makes
// none and what is committed expires.

import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";

export interface Issued {
  readonly certificate: string;
  readonly key: string;
}

export interface Authority extends Issued {
  issue(wanted: Wanted): Issued;
}

interface Wanted {
  readonly name: string;
  /** Host names and IPv4 addresses that it is for. */
  readonly hosts?: readonly string[];
  /** Days from now. */
  readonly from?: number;
  readonly to?: number;
}

/** An authority that nobody believes unless told. */
export function authority(name: string): Authority {
  const pair = keys();
  const own = certify({ name }, pair.publicKey, { name, key: pair.privateKey, ca: true });
  return {
    certificate: own,
    key: pemOf(pair.privateKey),
    issue: (wanted) => {
      const { publicKey, privateKey } = keys();
      return {
        certificate: certify(wanted, publicKey, { name, key: pair.privateKey, ca: false }),
        key: pemOf(privateKey),
      };
    },
  };
}

/** Encrypted with a passphrase. */
export const lockedKey = (key: string, passphrase: string): string =>
  createPrivateKey(key).export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase }).toString();

const keys = () => generateKeyPairSync("ec", { namedCurve: "P-256" });
const pemOf = (key: KeyObject): string => key.export({ type: "pkcs8", format: "pem" }).toString();

interface Issuer {
  readonly name: string;
  readonly key: KeyObject;
  readonly ca: boolean;
}

function certify({ name, hosts = [], from = -1, to = 30 }: Wanted, subject: KeyObject, issuer: Issuer): string {
  const algorithm = sequence(oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02));
  const body = sequence(
    der(0xa0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    algorithm,
    distinguished(issuer.name),
    sequence(time(from), time(to)),
    distinguished(name),
    subject.export({ type: "spki", format: "der" }),
    der(0xa3, sequence(...extensions(hosts, issuer.ca))),
  );
  const whole = sequence(body, algorithm, der(0x03, Buffer.from([0]), sign("sha256", body, issuer.key)));
  const lines = whole.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}

function extensions(hosts: readonly string[], ca: boolean): readonly Buffer[] {
  const names = hosts.map((host) =>
    /^[\d.]+$/.test(host) ? der(0x87, Buffer.from(host.split(".").map(Number))) : der(0x82, Buffer.from(host)),
  );
  return [
    extension(0x13, ca ? sequence(der(0x01, Buffer.from([0xff]))) : sequence()),
    ...(names.length === 0 ? [] : [extension(0x11, sequence(...names))]),
  ];
}

const extension = (kind: number, value: Buffer): Buffer => sequence(oid(0x55, 0x1d, kind), der(0x04, value));
const distinguished = (name: string): Buffer =>
  sequence(der(0x31, sequence(oid(0x55, 0x04, 0x03), der(0x0c, Buffer.from(name)))));

function time(days: number): Buffer {
  const text = new Date(Date.now() + days * 86_400_000).toISOString().replace(/[-:T]|\.\d+/g, "");
  return der(0x18, Buffer.from(text));
}

const sequence = (...parts: readonly Uint8Array[]): Buffer => der(0x30, ...parts);
const oid = (...bytes: readonly number[]): Buffer => der(0x06, Buffer.from(bytes));
const integer = (bytes: Buffer): Buffer => der(0x02, bytes);

function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}
