import { UNKNOWN } from '../columns/column.ts';
import type { FunctionDefinition } from '../define.ts';
import { ipv4FromBytes, ipv4FromText } from '../kernels/ipv4.ts';
import { testIPv4Column } from '../kernels/test-ipv4.ts';
import { testText, truth } from '../kernels/test-text.ts';

/** How the function `name` tests IPv4 addresses: rows without one are dropped, with a warning. */
export function testOfIPv4(
  name: string,
  holds: (address: number) => boolean,
): Required<Pick<FunctionDefinition, 'nulls' | 'dropsRowsOnNull' | 'evaluate' | 'kernel' | 'kernelPerWord'>> {
  const noAddress = `${name} got no IPv4 address`;
  const testColumn = testText((bytes, start, end) => {
    const address = ipv4FromBytes(bytes, start, end);
    return address < 0 ? UNKNOWN : truth(holds(address));
  }, UNKNOWN);
  return {
    nulls: 'handle',
    dropsRowsOnNull: true,
    evaluate: ([ip], context) => {
      const address = typeof ip === 'string' ? ipv4FromText(ip) : -1;
      if (address >= 0) return holds(address);
      context.rowWarning(noAddress);
      return null;
    },
    kernelPerWord: true,
    kernel: ([ip], _, context) =>
      testIPv4Column(ip, testColumn, (rows) => context.rowWarning(noAddress, rows)),
  };
}
