import { isIPv4, isIPv6 } from 'node:net';
import type { EC2Client } from '@aws-sdk/client-ec2';
import { awsMessage, clientSettings, type ServiceAddress } from './aws-client.ts';
import {
  describedInterfaces,
  type InterfaceInventory,
  inSubnet,
  type NetworkInterface,
} from './interface-inventory.ts';

/** Where network interfaces are asked for. */
export interface InterfaceSettings extends ServiceAddress {
  /** Ms for which an answer is believed; also that there is no such interface. */
  readonly believedFor?: number;
  /** Takes note of a question that failed. */
  onFailure?(problem: string): void;
  /** Monotonic clock, ms. */
  now?(): number;
}

/** The service takes at most this many values for one filter. */
const MOST_VALUES = 200;
const PAGE = 1000;
const MOST_PAGES = 100;
const BELIEVED_FOR = 300_000;
/** Ms without questions after one failed: records do not wait for a service that is down. */
const SILENCE = 30_000;
/** Answers kept. */
const MOST_KEPT = 100_000;
const TIMEOUT = 5000;

/** What one filter of DescribeNetworkInterfaces finds interfaces by. */
type Filter = 'private-ip-address' | 'ipv6-addresses.ipv6-address' | 'network-interface-id';

/**
 * The network interfaces of an account's region, asked of EC2 as records need them. `prepare` asks,
 * the rest answers from what is known.
 */
export class NetworkInterfaces implements InterfaceInventory {
  readonly region: string;
  readonly #client: EC2Client;
  readonly #sdk: typeof import('./aws-ec2.ts');
  readonly #settings: InterfaceSettings;
  readonly #ids = new Kept<NetworkInterface | null>();
  readonly #addresses = new Kept<readonly NetworkInterface[]>();
  #asking: Promise<unknown> = Promise.resolve();
  #silentUntil = -Infinity;

  private constructor(
    sdk: typeof import('./aws-ec2.ts'),
    client: EC2Client,
    region: string,
    settings: InterfaceSettings,
  ) {
    this.#sdk = sdk;
    this.#client = client;
    this.region = region;
    this.#settings = settings;
  }

  /** Rejects with an Error in words for people when no region is known. Nothing is asked of the service yet. */
  static async open(settings: InterfaceSettings): Promise<NetworkInterfaces> {
    const sdk = await import('./aws-ec2.ts');
    const shared = clientSettings(settings);
    const client = new sdk.EC2Client({
      ...shared,
      maxAttempts: 2,
      requestHandler: { ...shared.requestHandler, connectionTimeout: TIMEOUT, requestTimeout: TIMEOUT },
    });
    try {
      return new NetworkInterfaces(sdk, client, await client.config.region(), settings);
    } catch (failure) {
      throw new Error(`network interfaces cannot be asked for: ${awsMessage(failure)}`);
    }
  }

  byId(id: string): NetworkInterface | null {
    return this.#ids.get(id, this.#oldest()) ?? null;
  }

  byAddress(address: string, subnetId: string): NetworkInterface | null {
    return inSubnet(this.#addresses.get(address, this.#oldest()), subnetId);
  }

  /** Asks for the interfaces of the records and of their peers. */
  prepare(records: readonly string[]): Promise<number> {
    const result = this.#asking.then(() => this.#prepare(records));
    this.#asking = result.catch(() => {});
    return result;
  }

  close(): void {
    this.#client.destroy();
  }

  #now(): number {
    return this.#settings.now?.() ?? performance.now();
  }

  /** Answers from before are not believed any more. */
  #oldest(): number {
    return this.#now() - (this.#settings.believedFor ?? BELIEVED_FOR);
  }

  async #prepare(records: readonly string[]): Promise<number> {
    const needs = records.flatMap(neededBy);
    const oldest = this.#oldest();
    const addresses = new Set(needs.flatMap(({ addresses }) => addresses));
    const unknown = [...addresses].filter((address) => this.#addresses.get(address, oldest) === undefined);
    const ids = () =>
      [...new Set(needs.map(({ id }) => id))].filter((id) => this.#ids.get(id, oldest) === undefined);
    const known =
      (await this.#ask('private-ip-address', unknown.filter(isIPv4))) &&
      (await this.#ask('ipv6-addresses.ipv6-address', unknown.filter(isIPv6))) &&
      // The addresses brought most interfaces along.
      (await this.#ask('network-interface-id', ids()));
    if (known) return 0;
    const missing = new Set(ids());
    return needs.filter(({ id }) => missing.has(id)).length;
  }

  /** Asks by one filter; false when that failed. */
  async #ask(filter: Filter, values: readonly string[]): Promise<boolean> {
    for (let at = 0; at < values.length; at += MOST_VALUES) {
      if (this.#now() < this.#silentUntil) return false;
      const some = values.slice(at, at + MOST_VALUES);
      try {
        this.#learn(filter, some, await this.#described(filter, some));
      } catch (failure) {
        this.#silentUntil = this.#now() + SILENCE;
        this.#settings.onFailure?.(`network interfaces cannot be asked for: ${awsMessage(failure)}`);
        return false;
      }
    }
    return true;
  }

  async #described(filter: Filter, values: string[]): Promise<readonly NetworkInterface[]> {
    const found: NetworkInterface[] = [];
    let token: string | undefined;
    for (let page = 0; page < MOST_PAGES; page++) {
      const answer = await this.#client.send(
        new this.#sdk.DescribeNetworkInterfacesCommand({
          Filters: [{ Name: filter, Values: values }],
          MaxResults: PAGE,
          ...(token === undefined ? {} : { NextToken: token }),
        }),
      );
      found.push(...(describedInterfaces(answer) ?? []));
      token = answer.NextToken || undefined;
      if (token === undefined) break;
    }
    return found;
  }

  #learn(filter: Filter, asked: readonly string[], found: readonly NetworkInterface[]): void {
    const now = this.#now();
    if (filter === 'network-interface-id') {
      for (const id of asked) this.#ids.set(id, null, now);
    } else {
      for (const address of asked) {
        const interfaces = found.filter((one) => one.addresses.includes(address));
        this.#addresses.set(address, interfaces, now);
      }
    }
    for (const one of found) this.#ids.set(one.id, one, now);
  }
}

/** Answers with the time they were given; the oldest go when there are too many. */
class Kept<T> {
  readonly #entries = new Map<string, { readonly value: T; readonly at: number }>();

  /** Undefined when there is no answer, or only one from before `oldest`. */
  get(key: string, oldest: number): T | undefined {
    const entry = this.#entries.get(key);
    return entry === undefined || entry.at < oldest ? undefined : entry.value;
  }

  set(key: string, value: T, at: number): void {
    this.#entries.delete(key);
    this.#entries.set(key, { value, at });
    if (this.#entries.size <= MOST_KEPT) return;
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest);
      return;
    }
  }
}

/** RFC 1918 and 6598. */
const PRIVATE = /^(?:10|192\.168|172\.(?:1[6-9]|2\d|3[01])|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\./;

/**
 * What must be known to enrich a flow record: its interface, and the ends that can be in its subnet.
 * Subnets are no larger than /16 (IPv4) and /64 (IPv6), so ends in the internet are not asked for.
 */
function neededBy(record: string): { readonly id: string; readonly addresses: readonly string[] }[] {
  const [, , id, source, destination] = record.split(' ', 5);
  if (id === undefined || source === undefined || destination === undefined || !id.startsWith('eni-'))
    return [];
  const near =
    isIPv4(source) && isIPv4(destination)
      ? network(source, 16) === network(destination, 16)
      : isIPv6(source) && isIPv6(destination) && network(source, 64) === network(destination, 64);
  return [
    { id, addresses: [source, destination].filter((end) => near || (isIPv4(end) && PRIVATE.test(end))) },
  ];
}

/** The first `bits` (whole groups) of an address, as text. */
function network(address: string, bits: 16 | 64): string {
  if (bits === 16) return address.split('.', 2).join('.');
  const [head = '', tail] = address.toLowerCase().split('::', 2);
  const groups = head === '' ? [] : head.split(':');
  const rest = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : 8 - groups.length - rest.length;
  return [...groups, ...Array<string>(Math.max(0, zeros)).fill('0'), ...rest]
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':');
}
