import { type Disk, folderOf, isDiskError, pathIn, readWhole, writeWhole } from './disk.ts';
import { StoreError } from './failure.ts';
import { type Manifest, writeManifest } from './manifest.ts';
import { makeFolders, type StoreFolder, storeFolder } from './store-folder.ts';

/**
 * Makes `target` a store of its own with the segments of `manifest` and all documents. Segments never
 * change, so they are linked where the file system can, copied where not. The manifest comes last: an
 * unfinished snapshot is no store.
 */
export async function copyStore(
  disk: Disk,
  from: StoreFolder,
  manifest: Manifest,
  target: string,
): Promise<void> {
  const to = storeFolder(target);
  if ((await disk.list(target)).length > 0) {
    throw new StoreError('request', `\`${target}\` is not empty`, 'name a new directory for the snapshot');
  }
  await makeFolders(disk, to);
  for (const { file } of manifest.segments) {
    await linkOrCopy(disk, pathIn(from.segments, file), pathIn(to.segments, file));
  }
  await disk.syncFolder(to.segments);
  for (const { name: kind, folder } of await disk.list(from.documents)) {
    if (!folder) continue;
    const kindFolder = pathIn(to.documents, kind);
    await disk.makeFolder(kindFolder);
    for (const { name } of await disk.list(pathIn(from.documents, kind))) {
      const bytes = await readWhole(disk, pathIn(from.documents, kind, name));
      if (bytes !== null && !name.endsWith('.new')) await writeWhole(disk, pathIn(kindFolder, name), bytes);
    }
  }
  await disk.syncFolder(to.documents);
  await writeManifest(disk, target, { ...manifest, firstLog: 1 });
}

/** Gives a file a second name, or a copy, unless that name is taken. */
export async function linkAside(disk: Disk, from: string, to: string): Promise<void> {
  if (await disk.exists(to)) return;
  await linkOrCopy(disk, from, to);
  await disk.syncFolder(folderOf(to));
}

async function linkOrCopy(disk: Disk, from: string, to: string): Promise<void> {
  try {
    await disk.link(from, to);
  } catch (error) {
    if (!isDiskError(error, 'EXDEV') && !isDiskError(error, 'EPERM') && !isDiskError(error, 'ENOTSUP')) {
      throw error;
    }
    const bytes = await readWhole(disk, from);
    if (bytes !== null) await writeWhole(disk, to, bytes);
  }
}
