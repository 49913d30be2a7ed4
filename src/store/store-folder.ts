import { type Disk, pathIn } from './disk.ts';

/** Where things lie in a store's directory. */
export interface StoreFolder {
  readonly root: string;
  readonly segments: string;
  readonly logs: string;
  readonly setAside: string;
  readonly documents: string;
  readonly reserve: string;
}

export function storeFolder(root: string): StoreFolder {
  return {
    root,
    segments: pathIn(root, 'segments'),
    logs: pathIn(root, 'log'),
    setAside: pathIn(root, 'set-aside'),
    documents: pathIn(root, 'documents'),
    reserve: pathIn(root, 'reserve'),
  };
}

/** Makes the folders of a store that are missing. */
export async function makeFolders(disk: Disk, folder: StoreFolder): Promise<void> {
  for (const path of [folder.root, folder.segments, folder.logs, folder.setAside, folder.documents]) {
    await disk.makeFolder(path);
  }
  await disk.syncFolder(folder.root);
}

/** The file name of log `number`. */
export function logFile(number: number): string {
  return `${String(number).padStart(8, '0')}.log`;
}

const NUMBERED = /^(\d{8,})\.(log|arrow)$/;

/** The number in the name of a log or segment; null for other files. */
export function fileNumber(name: string): number | null {
  const found = NUMBERED.exec(name);
  return found === null ? null : Number(found[1]);
}
