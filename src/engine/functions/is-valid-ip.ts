import { defineFunction, exampleOf } from '../define.ts';
import { ipVersion } from '../kernels/ip-version.ts';

/** `isValidIP(ip)`. */
export const isValidIP = defineFunction({
  name: 'isValidIP',
  summary: 'True when a text is an IPv4 or IPv6 address.',
  description: 'Never drops rows: null and anything else give false. An IPv4 address mapped to IPv6 is IPv6.',
  parameters: [{ name: 'ip', type: 'string' }],
  returns: 'boolean',
  nulls: 'handle',
  evaluate: ([ip]) => typeof ip === 'string' && ipVersion(ip) !== 0,
  examples: [exampleOf('isValidIP("127.0.500.1")', 'false'), exampleOf('isValidIP("2001:db8::1")', 'true')],
});
