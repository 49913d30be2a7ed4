import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

// The compiled code of the bundle is kept beside it: start-up is part of the product. Where the folder
// cannot be written, Node falls back to compiling each time.
enableCompileCache(fileURLToPath(new URL('./compile-cache', import.meta.url)));
await import('./main.ts');
