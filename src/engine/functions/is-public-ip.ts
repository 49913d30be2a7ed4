import { FALSE, TRUE, UNKNOWN } from '../columns/column.ts';
import { defineFunction, exampleOf } from '../define.ts';
import { ipv4FromBytes, ipv4FromText, isReservedIPv4 } from '../kernels/ipv4.ts';
import { testIPv4Column } from '../kernels/test-ipv4.ts';
import { testText } from '../kernels/test-text.ts';

const testColumn = testText((bytes, start, end) => {
  const address = ipv4FromBytes(bytes, start, end);
  if (address < 0) return UNKNOWN;
  return !isReservedIPv4(address) ? TRUE : FALSE;
}, UNKNOWN);

/** `isPublicIP(ip)`. */
export const isPublicIP = defineFunction({
  name: 'isPublicIP',
  summary: 'True when an IPv4 address is public: neither private nor reserved.',
  description:
    'Private are the RFC 1918 ranges, reserved those of RFC 5735. Rows whose value is no valid IPv4 address (null and IPv6 included) are dropped, with a warning.',
  parameters: [{ name: 'ip', type: 'string' }],
  returns: 'boolean',
  nulls: 'handle',
  dropsRowsOnNull: true,
  evaluate: ([ip], context) => {
    const address = typeof ip === 'string' ? ipv4FromText(ip) : -1;
    if (address >= 0) return !isReservedIPv4(address);
    context.rowWarning('isPublicIP got no IPv4 address');
    return null;
  },
  kernel: ([ip], _, context) =>
    testIPv4Column(ip, testColumn, (rows) => context.rowWarning('isPublicIP got no IPv4 address', rows)),
  examples: [exampleOf('isPublicIP("8.8.8.8")', 'true'), exampleOf('isPublicIP("10.255.255.255")', 'false')],
});
