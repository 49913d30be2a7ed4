import { FALSE, TRUE, UNKNOWN } from '../columns/column.ts';
import { defineFunction, exampleOf } from '../define.ts';
import { ipv4FromBytes, ipv4FromText, isReservedIPv4 } from '../kernels/ipv4.ts';
import { testIPv4Column } from '../kernels/test-ipv4.ts';
import { testText } from '../kernels/test-text.ts';

const testColumn = testText((bytes, start, end) => {
  const address = ipv4FromBytes(bytes, start, end);
  if (address < 0) return UNKNOWN;
  return isReservedIPv4(address) ? TRUE : FALSE;
}, UNKNOWN);

/** `isReservedIP(ip)`. */
export const isReservedIP = defineFunction({
  name: 'isReservedIP',
  summary: 'True when an IPv4 address is reserved for special use (RFC 5735).',
  description:
    'The private ranges of RFC 1918 are among them. Rows whose value is no valid IPv4 address (null and IPv6 included) are dropped, with a warning.',
  parameters: [{ name: 'ip', type: 'string' }],
  returns: 'boolean',
  nulls: 'handle',
  dropsRowsOnNull: true,
  evaluate: ([ip], context) => {
    const address = typeof ip === 'string' ? ipv4FromText(ip) : -1;
    if (address >= 0) return isReservedIPv4(address);
    context.rowWarning('isReservedIP got no IPv4 address');
    return null;
  },
  kernel: ([ip], _, context) =>
    testIPv4Column(ip, testColumn, (rows) => context.rowWarning('isReservedIP got no IPv4 address', rows)),
  examples: [exampleOf('isReservedIP("192.0.0.0")', 'true'), exampleOf('isReservedIP("8.8.8.8")', 'false')],
});
