import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

// As for the command itself (see weir.ts): a thread has a compile cache of its own to enable.
enableCompileCache(fileURLToPath(new URL('./compile-cache', import.meta.url)));
await import('./worker-tasks.ts');
