// Appends numbered messages to a store and prints each number once it is acknowledged, until it is killed.
// Those of odd numbers get a field later.
import { arrivalText } from '../../src/rules/arrival.ts';
import { LateFields } from '../../src/store/late-fields.ts';
import { openStore } from '../../src/store/store.ts';
import { messages } from './messages.ts';

const [directory = '', first = '0'] = process.argv.slice(2);
const store = await openStore(directory, { mode: 'write', flushRows: 60 });
const rule = { name: 'r', description: null, appliedAt: 'ingest', enabled: true, examples: [] } as const;
const rules = [{ ...rule, scope: 'message', parse: 'parse "message *" as number' }];
const late = await LateFields.of(arrivalText({ rules, partitions: [] }));
let next = Number(first);
async function sender(): Promise<void> {
  for (;;) {
    const number = next++;
    process.stdout.write(`sent ${number}\n`);
    try {
      await store.append(messages([`message ${number}`, `2 ${number} second of two`]), {
        batchId: `b${number}`,
        late: number % 2 === 1 ? late : null,
      });
      process.stdout.write(`kept ${number}\n`);
    } catch (error) {
      process.stdout.write(`refused ${number} ${error instanceof Error ? error.message : ''}\n`);
      if (store.failure !== null) return;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    if (number % 97 === 0) await store.compact().catch(() => {});
  }
}
await Promise.all([sender(), sender(), sender()]);
