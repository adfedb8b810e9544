import { describe, expect, it } from 'vitest';
import { DiskSpace } from '#storage';
import { scratchDirectory } from './scratch-directory.ts';

describe('the room on a disk', () => {
  it('is refused when less than the reserve would be left', async () => {
    const directory = scratchDirectory();
    await expect(new DiskSpace(directory, Number.MAX_SAFE_INTEGER).require(1)).rejects.toMatchObject({
      code: 'disk-full',
    });
    const space = new DiskSpace(directory, 0);
    await space.require(1);
    await expect(space.require(2 ** 50)).rejects.toMatchObject({ code: 'disk-full' });
  });

  it('shrinks with every upload that was let in, before the disk is looked at again', async () => {
    const directory = scratchDirectory();
    const half = 2 ** 49;
    const space = new DiskSpace(directory, -(2 ** 50));
    await space.require(half);
    await space.require(half);
    await expect(space.require(2 ** 50)).rejects.toMatchObject({ code: 'disk-full' });
  });
});
