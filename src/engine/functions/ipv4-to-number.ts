import { defineFunction, exampleOf } from '../define.ts';
import { ipv4FromText } from '../kernels/ipv4.ts';

/** `ipv4ToNumber(ip)`. */
export const ipv4ToNumber = defineFunction({
  name: 'ipv4ToNumber',
  summary: 'An IPv4 address as a whole number.',
  description: 'Null and text that is no IPv4 address give null; the row stays.',
  parameters: [{ name: 'ip', type: 'string' }],
  returns: 'long',
  evaluate: ([ip], context) => {
    const address = ipv4FromText(ip as string);
    if (address >= 0) return address;
    context.rowWarning('ipv4ToNumber got no IPv4 address');
    return null;
  },
  examples: [exampleOf('ipv4ToNumber("192.168.0.1")', '3232235521')],
});
