import { defineFunction, exampleOf } from '../define.ts';
import { ipVersion } from '../kernels/ip-version.ts';

/** `isValidIPv4(ip)`. */
export const isValidIPv4 = defineFunction({
  name: 'isValidIPv4',
  summary: 'True when a text is an IPv4 address.',
  description: 'Never drops rows: null and anything else give false. An IPv4 address mapped to IPv6 is IPv6.',
  parameters: [{ name: 'ip', type: 'string' }],
  returns: 'boolean',
  nulls: 'handle',
  evaluate: ([ip]) => typeof ip === 'string' && ipVersion(ip) === 4,
  examples: [exampleOf('isValidIPv4("10.0.0.1")', 'true'), exampleOf('isValidIPv4("::1")', 'false')],
});
