import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

// The compiled code of the bundle is kept beside it: start-up is part of the product. Where the folder
// cannot be written, Node falls back to compiling each time.
enableCompileCache(fileURLToPath(new URL('./compile-cache', import.meta.url)));
if (process.argv.includes('--input')) {
  const { startEarlyThread } = await import('./early-thread.ts');
  startEarlyThread(process.argv.slice(2));
}
await import('./main.ts');
