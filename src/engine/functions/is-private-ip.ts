import { defineFunction, exampleOf } from '../define.ts';
import { isPrivateIPv4 } from '../kernels/ipv4.ts';
import { testOfIPv4 } from './test-of-ipv4.ts';

/** `isPrivateIP(ip)`. */
export const isPrivateIP = defineFunction({
  name: 'isPrivateIP',
  summary: 'True when an IPv4 address is private (RFC 1918).',
  description:
    'Private are 10.0.0.0/8, 172.16.0.0/12 and 192.168.0.0/16. Rows whose value is no valid IPv4 address (null and IPv6 included) are dropped, with a warning.',
  parameters: [{ name: 'ip', type: 'string' }],
  returns: 'boolean',
  ...testOfIPv4('isPrivateIP', isPrivateIPv4),
  examples: [
    exampleOf('isPrivateIP("10.255.255.255")', 'true'),
    exampleOf('isPrivateIP("127.0.0.1")', 'false'),
  ],
});
