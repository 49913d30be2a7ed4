import { ipv4Text } from './address-space.ts';
import type { Random } from './random.ts';

/** What an interface is there for; it decides its traffic. */
export type Role = 'web' | 'app' | 'database' | 'cache' | 'worker' | 'bastion' | 'nat' | 'idle';

/** A network interface of the made-up cloud. */
export interface NetworkInterface {
  readonly id: string;
  readonly account: string;
  readonly role: Role;
  /** Its private IPv4 address: what flow logs show for it. */
  readonly address: string;
  readonly addressV6: string;
  readonly subnet: string;
  readonly vpc: string;
  readonly region: string;
  readonly securityGroups: readonly string[];
}

/** How an account's flow logs arrive: gzip files in a bucket, or JSON lines of a CloudWatch forwarder. */
export type Delivery = 's3' | 'cloudwatch';

export interface Account {
  readonly id: string;
  readonly delivery: Delivery;
}

/** The accounts: documentation numbers, two for each way of delivery. */
export const ACCOUNTS: readonly Account[] = [
  { id: '111122223333', delivery: 's3' },
  { id: '444455556666', delivery: 's3' },
  { id: '123456789012', delivery: 'cloudwatch' },
  { id: '777788889999', delivery: 'cloudwatch' },
];

interface VpcPlan {
  readonly account: string;
  readonly region: string;
  /** The second number of its addresses: 10.x.0.0/16. */
  readonly net: number;
  readonly roles: readonly Role[];
}

const VPCS: readonly VpcPlan[] = [
  {
    account: '111122223333',
    region: 'us-east-1',
    net: 10,
    roles: ['web', 'web', 'web', 'app', 'app', 'database', 'cache', 'bastion', 'nat', 'idle'],
  },
  {
    account: '444455556666',
    region: 'eu-west-1',
    net: 20,
    roles: ['web', 'web', 'app', 'app', 'database', 'worker', 'nat', 'idle'],
  },
  {
    account: '123456789012',
    region: 'us-east-1',
    net: 30,
    roles: ['web', 'web', 'app', 'app', 'database', 'cache', 'bastion', 'nat', 'worker', 'idle'],
  },
  { account: '123456789012', region: 'eu-central-1', net: 31, roles: ['web', 'app', 'database', 'idle'] },
  {
    account: '777788889999',
    region: 'ap-southeast-2',
    net: 40,
    roles: ['web', 'app', 'app', 'database', 'worker', 'worker', 'nat', 'idle'],
  },
];

const TIER: Record<Role, number> = {
  web: 0,
  bastion: 0,
  nat: 0,
  app: 1,
  worker: 1,
  cache: 1,
  idle: 1,
  database: 2,
};

/** Every interface, in a fixed order; identifiers depend on the seed only. */
export function buildNetwork(random: Random): readonly NetworkInterface[] {
  const hex = (digits: number) =>
    Array.from({ length: digits }, () => random.between(0, 15).toString(16)).join('');
  return VPCS.flatMap(({ account, region, net, roles }) => {
    const vpc = `vpc-0${hex(16)}`;
    const subnets = [0, 1, 2].map(() => `subnet-0${hex(16)}`);
    const groupOf = new Map<Role, string>();
    const base = `sg-0${hex(16)}`;
    return roles.map((role, position) => {
      const tier = TIER[role];
      let group = groupOf.get(role);
      if (group === undefined) {
        group = `sg-0${hex(16)}`;
        groupOf.set(role, group);
      }
      const host = 11 + position * 17 + random.between(0, 9);
      return {
        id: `eni-0${hex(16)}`,
        account,
        role,
        address: ipv4Text(((10 << 24) | (net << 16) | (tier << 12) | host) >>> 0),
        addressV6: `2600:1f18:${net.toString(16)}00:${tier + 1}::${host.toString(16)}`,
        subnet: subnets[tier]!,
        vpc,
        region,
        securityGroups: role === 'web' || role === 'bastion' ? [group] : [group, base],
      };
    });
  });
}
