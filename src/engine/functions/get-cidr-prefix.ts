import { defineFunction, exampleOf } from '../define.ts';
import { ipv4FromText, ipv4Text, maskOfLength, prefixLength } from '../kernels/ipv4.ts';

/** `getCIDRPrefix(ip, length)`. */
export const getCIDRPrefix = defineFunction({
  name: 'getCIDRPrefix',
  summary: 'The address of the network that holds an IPv4 address.',
  description:
    'The length is a text or a number from 0 to 32. An address or a length that is not valid gives null.',
  parameters: [
    { name: 'ip', type: 'string' },
    { name: 'length', type: 'string' },
  ],
  returns: 'string',
  evaluate: ([ip, length], context) => {
    const address = ipv4FromText(ip as string);
    const bits = prefixLength(length as string);
    if (address >= 0 && bits >= 0) return ipv4Text((address & maskOfLength(bits)) >>> 0);
    context.rowWarning(`getCIDRPrefix got no ${address < 0 ? 'IPv4 address' : 'length from 0 to 32'}`);
    return null;
  },
  examples: [exampleOf('getCIDRPrefix("10.10.1.35", "27")', '10.10.1.32')],
});
