import { defineFunction, exampleOf } from '../define.ts';
import { ipv4Text, maskOfLength, prefixLength } from '../kernels/ipv4.ts';

/** `maskFromCIDR(length)`. */
export const maskFromCIDR = defineFunction({
  name: 'maskFromCIDR',
  summary: 'The IPv4 network mask of a prefix length.',
  description: 'The length is a text or a number from 0 to 32; anything else gives null.',
  parameters: [{ name: 'length', type: 'string' }],
  returns: 'string',
  evaluate: ([length], context) => {
    const bits = prefixLength(length as string);
    if (bits >= 0) return ipv4Text(maskOfLength(bits));
    context.rowWarning('maskFromCIDR got no length from 0 to 32');
    return null;
  },
  examples: [exampleOf('maskFromCIDR("29")', '255.255.255.248')],
});
