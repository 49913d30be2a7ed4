import type { NetworkInterface } from './network.ts';

/** One flow log record as its interface saw it. Times are epoch seconds. */
export interface Flow {
  readonly at: NetworkInterface;
  readonly from: string;
  readonly to: string;
  readonly fromPort: number;
  readonly toPort: number;
  readonly protocol: number;
  readonly packets: number;
  readonly bytes: number;
  readonly start: number;
  readonly end: number;
  readonly action: 'ACCEPT' | 'REJECT';
}

/** An interval without records: no traffic, or records that AWS could not keep. */
export interface Gap {
  readonly at: NetworkInterface;
  readonly start: number;
  readonly end: number;
  readonly status: 'NODATA' | 'SKIPDATA';
}

export type Entry = Flow | Gap;

/** Receives entries in the order of their minutes. */
export type Emit = (entry: Entry) => void;

/** The default (version 2) format, 14 fields. */
export const DEFAULT_HEADER =
  'version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status';

/** The record as AWS writes it in the default format. */
export function recordLine(entry: Entry): string {
  const { at, start, end } = entry;
  if ('status' in entry) return `2 ${at.account} ${at.id} - - - - - - - ${start} ${end} - ${entry.status}`;
  const { from, to, fromPort, toPort, protocol, packets, bytes, action } = entry;
  return `2 ${at.account} ${at.id} ${from} ${to} ${fromPort} ${toPort} ${protocol} ${packets} ${bytes} ${start} ${end} ${action} OK`;
}

/**
 * The record as a CloudWatch forwarder sends it, with the groups and place of its interface. The
 * direction is as documented: `internal` within a subnet, else by whether the interface is the receiver.
 */
export function jsonLine(entry: Entry, subnetOf: ReadonlyMap<string, string>): string {
  const { at } = entry;
  return JSON.stringify({
    message: recordLine(entry),
    logStream: `${at.id}-all`,
    logGroup: `/vpc/${at.vpc}/flow-logs`,
    'security-group-ids': at.securityGroups,
    direction: directionOf(entry, subnetOf),
    'subnet-id': at.subnet,
    'vpc-id': at.vpc,
    'aws-region': at.region,
  });
}

function directionOf(entry: Entry, subnetOf: ReadonlyMap<string, string>): string {
  if ('status' in entry) return 'outbound';
  const { at, from, to } = entry;
  const inbound = to === at.address || to === at.addressV6;
  if (subnetOf.get(inbound ? from : to) === at.subnet) return 'internal';
  return inbound ? 'inbound' : 'outbound';
}
