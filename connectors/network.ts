// Where a worker's connectors may connect to. Who writes a spec is not always who runs the worker: without a word of
// the latter only public addresses are reached, judged by the address that a name turned out to be, at the moment of
// connecting, so that neither another spelling nor a name that changes its mind leads inside.

import { type LookupAddress, type LookupAllOptions, lookup } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import ipaddr from "ipaddr.js";

export interface Network {
  /** Why an IP address is not connected to, or undefined when it may be. Shows nothing of the address. */
  refusal(address: string): string | undefined;
}

type Address = ReturnType<typeof ipaddr.parse>;
type Block = readonly [Address, number];

interface Allowed {
  /** Of this one only. */
  readonly tenant: string | undefined;
  readonly block: Block;
}

const groups: Readonly<Record<string, readonly string[]>> = {
  loopback: ["127.0.0.0/8", "::1/128"],
  private: ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"],
};

/** What answers at these gives credentials of the machine away (AWS, Azure, Google, Oracle, Alibaba). */
const metadata = ["169.254.169.254", "169.254.170.2", "168.63.129.16", "192.0.0.192", "100.100.100.200"];
const metadata6 = ["fd00:ec2::254", "fd20:ce::254"];

/** Opened only by a block inside them: `0.0.0.0/0` leaves them shut. The narrowest first. */
const guarded: readonly { readonly block: Block; readonly words: string }[] = [
  ...metadata.map((each) => ({ block: parsed(`${each}/32`), words: "a cloud's metadata" })),
  ...metadata6.map((each) => ({ block: parsed(`${each}/128`), words: "a cloud's metadata" })),
  { block: parsed("169.254.0.0/16"), words: "the link-local network" },
  { block: parsed("fe80::/10"), words: "the link-local network" },
];

const words: Readonly<Record<string, string>> = {
  loopback: "the worker's own machine",
  unspecified: "the worker's own machine",
  private: "a private network",
  uniqueLocal: "a private network",
  carrierGradeNat: "a private network",
};

/**
 * `allowed`: `loopback`, `private`, an address or a CIDR block, each also for one tenant only (`acme=10.1.0.0/16`).
 * Throws an Error with one line for what is none of these.
 */
export function networks(allowed: readonly string[]): (tenant: string) => Network {
  const blocks = allowed.flatMap(readAllowed);
  return (tenant) => {
    const own = blocks.filter((each) => each.tenant === undefined || each.tenant === tenant).map(({ block }) => block);
    return { refusal: (address) => refusalOf(address, own) };
  };
}

/** Those that `allowed` names. */
export const tenantsNamed = (allowed: readonly string[]): readonly string[] => [
  ...new Set(allowed.flatMap(readAllowed).flatMap(({ tenant }) => tenant ?? [])),
];

/** Public addresses only. */
export const publicNetwork: Network = networks([])("");

type Resolve = (
  hostname: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** For `net.connect` and what takes its options: a name's addresses, without those that are not connected to. */
export function lookupWithin(network: Network, resolve: Resolve = lookup): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses: readonly LookupAddress[]) => {
      if (error !== null) return callback(error, "");
      const open = addresses.filter(({ address }) => network.refusal(address) === undefined);
      const [first] = open;
      const refusal = addresses[0] && network.refusal(addresses[0].address);
      if (first === undefined) return callback(networkError(refusal ?? "it has no address"), "");
      if (options.all === true) callback(null, [...open]);
      else callback(null, first.address, first.family);
    });
  };
}

/** Why nothing was connected to, as an error of `net.connect`. */
export const networkError = (refusal: string): NodeJS.ErrnoException =>
  Object.assign(new Error(refusal), { code: "ERR_NETWORK_REFUSED" });

function refusalOf(text: string, allowed: readonly Block[]): string | undefined {
  const address = readAddress(text);
  if (address === undefined) return refused("no address that can be judged");
  const guard = guarded.find(({ block }) => inside(address, block));
  const range = address.range();
  if (guard === undefined && range === "unicast" && isGlobal(address)) return undefined;
  const open = allowed.some((block) => inside(address, block) && (guard === undefined || within(block, guard.block)));
  return open ? undefined : refused(guard?.words ?? words[range] ?? "a network that is not public");
}

const refused = (what: string): string =>
  `it leads to ${what}, where this worker does not connect unless it is started with --allow-network`;

/** The IPv4 address where it is one in IPv6's clothes. */
function readAddress(text: string): Address | undefined {
  if (isIP(text) === 0) return undefined;
  const address = ipaddr.parse(text);
  return isDisguised(address) ? ipaddr.fromByteArray(address.toByteArray().slice(12)) : address;
}

const isDisguised = (address: Address): boolean => disguises.some((block) => inside(address, block));

/** The rest of IPv6 is given to nobody, or to what is no more (`::127.0.0.1`). */
const isGlobal = (address: Address): boolean => address.kind() === "ipv4" || inside(address, global6);

const global6 = parsed("2000::/3");
/** IPv4-mapped, IPv4-translated (RFC 2765), NAT64 (RFC 6052): the last four bytes are an IPv4 address. */
const disguises = ["::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96"].map(parsed);

const inside = (address: Address, [base, bits]: Block): boolean =>
  address.kind() === base.kind() && address.match([base, bits]);

const within = ([base, bits]: Block, outer: Block): boolean => bits >= outer[1] && inside(base, outer);

function readAllowed(text: string): readonly Allowed[] {
  const [, tenant, network = ""] = /^(?:([a-z0-9-]+)=)?(.*)$/.exec(text.trim()) ?? [];
  const blocks = Object.hasOwn(groups, network) ? groups[network] : [network];
  return (blocks ?? []).map((block) => ({ tenant, block: readBlock(block) }));
}

function readBlock(text: string): Block {
  const [, address = "", bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const version = isIP(address);
  const most = version === 4 ? 32 : 128;
  // What is inside one of these is judged as IPv4, so that such a block would open nothing.
  const disguised = version === 6 && isDisguised(ipaddr.parse(address));
  if (version === 0 || disguised || Number(bits ?? most) > most) {
    throw new Error(`${text} is no network: write loopback, private, an address or a block such as 10.1.0.0/16`);
  }
  return parsed(`${address}/${bits ?? most}`);
}

function parsed(block: string): Block {
  return ipaddr.parseCIDR(block);
}
