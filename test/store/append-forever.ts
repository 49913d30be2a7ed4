// Appends numbered messages to a store and prints each number once it is acknowledged, until it is killed.
import { openStore } from '../../src/store/store.ts';
import { messages } from './messages.ts';

const [directory = '', first = '0'] = process.argv.slice(2);
const store = await openStore(directory, { mode: 'write', flushRows: 60 });
let next = Number(first);
async function sender(): Promise<void> {
  for (;;) {
    const number = next++;
    process.stdout.write(`sent ${number}\n`);
    try {
      await store.append(messages([`message ${number}`, `2 ${number} second of two`]), {
        batchId: `b${number}`,
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
