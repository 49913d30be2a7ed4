import { defineFunction, exampleOf } from '../define.ts';
import { isReservedIPv4 } from '../kernels/ipv4.ts';
import { testOfIPv4 } from './test-of-ipv4.ts';

/** `isReservedIP(ip)`. */
export const isReservedIP = defineFunction({
  name: 'isReservedIP',
  summary: 'True when an IPv4 address is reserved for special use (RFC 5735).',
  description:
    'The private ranges of RFC 1918 are among them. Rows whose value is no valid IPv4 address (null and IPv6 included) are dropped, with a warning.',
  parameters: [{ name: 'ip', type: 'string' }],
  returns: 'boolean',
  ...testOfIPv4('isReservedIP', isReservedIPv4),
  examples: [exampleOf('isReservedIP("192.0.0.0")', 'true'), exampleOf('isReservedIP("8.8.8.8")', 'false')],
});
