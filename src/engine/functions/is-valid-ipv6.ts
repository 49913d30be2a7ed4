import { defineFunction, exampleOf } from '../define.ts';
import { ipVersion } from '../kernels/ip-version.ts';

/** `isValidIPv6(ip)`. */
export const isValidIPv6 = defineFunction({
  name: 'isValidIPv6',
  summary: 'True when a text is an IPv6 address.',
  description: 'Never drops rows: null and anything else give false. An IPv4 address mapped to IPv6 is IPv6.',
  parameters: [{ name: 'ip', type: 'string' }],
  returns: 'boolean',
  nulls: 'handle',
  evaluate: ([ip]) => typeof ip === 'string' && ipVersion(ip) === 6,
  examples: [
    exampleOf('isValidIPv6("::ffff:10.0.0.1")', 'true'),
    exampleOf('isValidIPv6("10.0.0.1")', 'false'),
  ],
});
