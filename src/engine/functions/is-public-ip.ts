import { defineFunction, exampleOf } from '../define.ts';
import { isReservedIPv4 } from '../kernels/ipv4.ts';
import { testOfIPv4 } from './test-of-ipv4.ts';

/** `isPublicIP(ip)`. */
export const isPublicIP = defineFunction({
  name: 'isPublicIP',
  summary: 'True when an IPv4 address is public: neither private nor reserved.',
  description:
    'Private are the RFC 1918 ranges, reserved those of RFC 5735. Rows whose value is no valid IPv4 address (null and IPv6 included) are dropped, with a warning.',
  parameters: [{ name: 'ip', type: 'string' }],
  returns: 'boolean',
  ...testOfIPv4('isPublicIP', (address) => !isReservedIPv4(address)),
  examples: [exampleOf('isPublicIP("8.8.8.8")', 'true'), exampleOf('isPublicIP("10.255.255.255")', 'false')],
});
