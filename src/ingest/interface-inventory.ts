import { member } from './json-values.ts';

/** What is known of one network interface. */
export interface NetworkInterface {
  readonly id: string;
  readonly subnetId: string;
  readonly vpcId: string;
  readonly securityGroupIds: readonly string[];
  /** All its private addresses, the primary one first, IPv6 included. */
  readonly addresses: readonly string[];
}

/** Network interfaces of one region, found by id and by private address. */
export interface InterfaceInventory {
  readonly region: string;
  byId(id: string): NetworkInterface | null;
  /** The interface of an address: the one in this subnet, where several networks use the address, else any. */
  byAddress(address: string, subnetId: string): NetworkInterface | null;
  /**
   * Asks for what these flow records need and is not known yet. How many of them must go without,
   * because the question failed. An inventory that is complete has no need of it.
   */
  prepare?(records: readonly string[]): Promise<number>;
}

/** An inventory of interfaces. */
export function inventoryOf(region: string, interfaces: readonly NetworkInterface[]): InterfaceInventory {
  const ids = new Map<string, NetworkInterface>();
  const addresses = new Map<string, NetworkInterface[]>();
  for (const one of interfaces) {
    if (!ids.has(one.id)) ids.set(one.id, one);
    for (const address of one.addresses) addresses.set(address, [...(addresses.get(address) ?? []), one]);
  }
  return {
    region,
    byId: (id) => ids.get(id) ?? null,
    byAddress: (address, subnetId) => inSubnet(addresses.get(address), subnetId),
  };
}

/** Of interfaces with one address the one in a subnet, else the first; null without any. */
export function inSubnet(
  interfaces: readonly NetworkInterface[] | undefined,
  subnetId: string,
): NetworkInterface | null {
  return interfaces?.find((one) => one.subnetId === subnetId) ?? interfaces?.[0] ?? null;
}

/** The interfaces in an answer of EC2 DescribeNetworkInterfaces (as `aws ec2 describe-network-interfaces` saves it); null for another shape. */
export function describedInterfaces(value: unknown): NetworkInterface[] | null {
  const list = member(value, 'NetworkInterfaces');
  if (!Array.isArray(list)) return null;
  return list.flatMap((entry: unknown) => {
    const id = text(member(entry, 'NetworkInterfaceId'));
    if (id === null) return [];
    const addresses = [
      text(member(entry, 'PrivateIpAddress')),
      ...items(member(entry, 'PrivateIpAddresses')).map((one) => text(member(one, 'PrivateIpAddress'))),
      ...items(member(entry, 'Ipv6Addresses')).map((one) => text(member(one, 'Ipv6Address'))),
    ].filter((address) => address !== null);
    return [
      {
        id,
        subnetId: text(member(entry, 'SubnetId')) ?? '',
        vpcId: text(member(entry, 'VpcId')) ?? '',
        securityGroupIds: items(member(entry, 'Groups'))
          .map((group) => text(member(group, 'GroupId')))
          .filter((group) => group !== null),
        addresses: [...new Set(addresses)],
      },
    ];
  });
}

function items(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

/**
 * The security keys of a flow record in the default format, in their order; none when its interface is
 * not known. The direction has its documented meaning: `internal` when the peer is in the same subnet,
 * `inbound` when the interface's own address is the destination, `outbound` when it is the source, and
 * absent when it is neither (NODATA, traffic that passes through).
 */
export function securityFields(record: string, inventory: InterfaceInventory): [string, unknown][] {
  const [, , interfaceId, source, destination] = record.split(' ');
  const own = interfaceId === undefined ? null : inventory.byId(interfaceId);
  if (own === null || source === undefined || destination === undefined) return [];
  const direction = directionOf(own, source, destination, inventory);
  return [
    ['security-group-ids', own.securityGroupIds],
    ...(direction === null ? [] : [['direction', direction] as [string, unknown]]),
    ['subnet-id', own.subnetId],
    ['vpc-id', own.vpcId],
    ['aws-region', inventory.region],
  ];
}

function directionOf(
  own: NetworkInterface,
  source: string,
  destination: string,
  inventory: InterfaceInventory,
): 'internal' | 'inbound' | 'outbound' | null {
  const inbound = own.addresses.includes(destination);
  if (!inbound && !own.addresses.includes(source)) return null;
  const peer = inventory.byAddress(inbound ? source : destination, own.subnetId);
  if (peer !== null && peer.subnetId === own.subnetId) return 'internal';
  return inbound ? 'inbound' : 'outbound';
}
