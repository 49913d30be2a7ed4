import { FALSE, TRUE, UNKNOWN } from '../columns/column.ts';
import { defineFunction, exampleOf } from '../define.ts';
import { ipv4FromBytes, ipv4FromText, isPrivateIPv4 } from '../kernels/ipv4.ts';
import { testIPv4Column } from '../kernels/test-ipv4.ts';
import { testText } from '../kernels/test-text.ts';

const testColumn = testText((bytes, start, end) => {
  const address = ipv4FromBytes(bytes, start, end);
  if (address < 0) return UNKNOWN;
  return isPrivateIPv4(address) ? TRUE : FALSE;
}, UNKNOWN);

/** `isPrivateIP(ip)`. */
export const isPrivateIP = defineFunction({
  name: 'isPrivateIP',
  summary: 'True when an IPv4 address is private (RFC 1918).',
  description:
    'Private are 10.0.0.0/8, 172.16.0.0/12 and 192.168.0.0/16. Rows whose value is no valid IPv4 address (null and IPv6 included) are dropped, with a warning.',
  parameters: [{ name: 'ip', type: 'string' }],
  returns: 'boolean',
  nulls: 'handle',
  dropsRowsOnNull: true,
  evaluate: ([ip], context) => {
    const address = typeof ip === 'string' ? ipv4FromText(ip) : -1;
    if (address >= 0) return isPrivateIPv4(address);
    context.rowWarning('isPrivateIP got no IPv4 address');
    return null;
  },
  kernel: ([ip], _, context) =>
    testIPv4Column(ip, testColumn, (rows) => context.rowWarning('isPrivateIP got no IPv4 address', rows)),
  examples: [
    exampleOf('isPrivateIP("10.255.255.255")', 'true'),
    exampleOf('isPrivateIP("127.0.0.1")', 'false'),
  ],
});
